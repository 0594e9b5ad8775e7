/** Ways out of the account: sign out here, or lock it. */

import { lockAccount } from '@countersign/browser';
import { openDialog } from '../dialog.ts';
import { h } from '../dom.ts';
import { sensitively } from '../sensitive.ts';
import { button } from '../stage.ts';
import { t } from '../texts.ts';
import { Message, type Owner, section } from './owner.ts';

/** Signs this device out. */
export function signOutPart(signOut: () => unknown): HTMLElement {
  const out = button(t('action.signOut'), signOut, 'secondary');
  return section(t('here.title'), h('p', {}, t('here.text')), out).root;
}

/** Locks the account; `locked` is called once it is. */
export function lockPart(owner: Owner, locked: () => unknown): HTMLElement {
  const { session } = owner;
  const message = new Message();
  const lock = () =>
    message.guard(owner, async () => {
      if (!(await sure())) return;
      if (await sensitively(session, () => lockAccount(session))) await locked();
    });
  const start = button(t('lock.action'), lock, 'danger');
  return section(t('lock.title'), h('p', {}, t('lock.text')), message.root, start).root;
}

async function sure(): Promise<boolean> {
  const answer = await openDialog<true>(t('lock.sure'), close => {
    const stay = button(t('action.cancel'), () => close(), 'secondary');
    stay.dataset.first = '';
    return [
      h('p', {}, t('lock.effect')),
      h('p', {}, t('lock.back')),
      h(
        'div',
        { class: 'actions' },
        button(t('lock.now'), () => close(true), 'danger'),
        stay,
      ),
    ];
  });
  return answer === true;
}

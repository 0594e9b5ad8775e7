/** The account's password, changed. */

import { CountersignError, changePassword } from '@countersign/browser';
import { h } from '../dom.ts';
import { type Complaint, form, passwordField } from '../forms.ts';
import { sensitively, whose } from '../sensitive.ts';
import { button } from '../stage.ts';
import { t } from '../texts.ts';
import { Message, type Owner, section } from './owner.ts';

/** Makes the part of the page; its form opens on demand. */
export function passwordPart(owner: Owner): HTMLElement {
  const message = new Message();
  const open = () => {
    message.say('');
    start.replaceWith(changeForm(owner, close));
    root.querySelector<HTMLElement>('form input:not([hidden])')?.focus();
  };
  const close = (said?: string) => {
    root.querySelector('form')?.replaceWith(start);
    if (said !== undefined) {
      message.say(said);
      show(false);
    }
    start.focus();
  };
  const start = button('', open, 'secondary');
  const text = h('p');
  const show = (none: boolean) => {
    start.textContent = t(none ? 'password.set' : 'password.change');
    text.textContent = t(none ? 'password.none' : 'password.text');
  };
  show(owner.me.account.has_password === false);
  const { root } = section(t('password.title'), text, message.root, start);
  return root;
}

function changeForm(owner: Owner, close: (said?: string) => void): HTMLElement {
  const { session } = owner;
  const password = passwordField(
    'new-password',
    t('password.new'),
    'new-password',
    t('password.rules'),
  );
  const others = h('input', { type: 'checkbox', id: 'sign-out-others', checked: true });
  const trouble = new Message();
  const act = async (): Promise<Complaint | undefined> => {
    let complaint: Complaint | undefined;
    await trouble.guard(owner, async () => {
      try {
        const answer = await sensitively(session, () =>
          changePassword(session, password.input.value, others.checked),
        );
        if (!answer) return;
        await owner.changed();
        close(t('password.changed', { count: answer.done.ended }));
      } catch (error) {
        const reason = error instanceof CountersignError ? error.reason : undefined;
        if (!reason) throw error;
        complaint = { text: t(`password.${reason}`), field: password };
      }
    });
    return complaint;
  };
  const root = form({
    fields: [password],
    more: [
      whose(session),
      h(
        'label',
        { class: 'check', for: 'sign-out-others' },
        others,
        h('span', {}, t('password.signOutOthers')),
      ),
      trouble.root,
    ],
    submit: t('password.submit'),
    act,
    actions: button(t('action.cancel'), () => close(), 'quiet'),
  });
  return root;
}

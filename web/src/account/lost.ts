/** A device that its owner lost: everything that came of it ends. */

import { type EndedAnswer, type KnownDevice, loseDevice, type Session } from '@countersign/browser';
import { openDialog } from '../dialog.ts';
import { h } from '../dom.ts';
import { sensitively } from '../sensitive.ts';
import { button } from '../stage.ts';
import { t } from '../texts.ts';

const EFFECTS = ['lost.held', 'lost.made', 'lost.approved', 'lost.known'] as const;

/** What ended; `undefined` when the person would rather not. */
export async function loseAfterAsking(
  session: Session,
  device: KnownDevice,
): Promise<EndedAnswer | undefined> {
  if (!(await sure(device))) return undefined;
  return (await sensitively(session, () => loseDevice(session, device.id)))?.done;
}

async function sure({ name }: KnownDevice): Promise<boolean> {
  const answer = await openDialog<true>(t('lost.sure', { name }), close => {
    const stay = button(t('action.cancel'), () => close(), 'secondary');
    stay.dataset.first = '';
    const effects = EFFECTS.map(key => h('li', {}, t(key)));
    return [
      h('p', {}, t('lost.text')),
      h('ul', { class: 'effects' }, effects),
      h(
        'div',
        { class: 'actions' },
        button(t('lost.now'), () => close(true), 'danger'),
        stay,
      ),
    ];
  });
  return answer === true;
}

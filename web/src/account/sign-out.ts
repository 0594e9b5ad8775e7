/** Signs another device of the account out: a computer at once, a phone with what it approved. */

import {
  type EndedAnswer,
  type KnownDevice,
  type Session,
  signOutDevice,
  undo,
} from '@countersign/browser';
import { openDialog } from '../dialog.ts';
import { h } from '../dom.ts';
import { sensitively } from '../sensitive.ts';
import { button } from '../stage.ts';
import { t } from '../texts.ts';

/** What is asked about a phone. */
interface Choice {
  approvedToo: boolean;
}

/** What ended with it, as far as the server told; `undefined` when the person would rather not. */
export async function signOutOf(
  session: Session,
  device: KnownDevice,
): Promise<EndedAnswer | undefined> {
  const phones = device.grants.filter(({ role }) => role === 'phone');
  const choice = phones.length > 0 ? await ask(device) : { approvedToo: false };
  if (!choice) return undefined;
  const answer = await sensitively(session, async () => {
    const sum = { ended: 0, passkeys_removed: 0 };
    for (const { id } of choice.approvedToo ? phones : []) {
      const { ended, passkeys_removed = 0 } = await undo(session, id, true);
      sum.ended += ended;
      sum.passkeys_removed += passkeys_removed;
    }
    await signOutDevice(session, device.id);
    return sum;
  });
  return answer?.done;
}

/** Whether what the phone approved goes with it: a lost phone may have let others in. */
function ask({ name }: KnownDevice): Promise<Choice | undefined> {
  return openDialog<Choice>(t('signOut.sure', { name }), close => {
    const too = h('input', { type: 'checkbox', id: 'approved-too', checked: true });
    const stay = button(t('action.cancel'), () => close(), 'secondary');
    stay.dataset.first = '';
    return [
      h('p', {}, t('signOut.text')),
      h(
        'label',
        { class: 'check', for: 'approved-too' },
        too,
        h('span', {}, t('signOut.approvedToo')),
      ),
      h(
        'div',
        { class: 'actions' },
        button(t('device.signOut'), () => close({ approvedToo: too.checked }), 'danger'),
        stay,
      ),
    ];
  });
}

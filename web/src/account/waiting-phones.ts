/** Phones of the account that ask to approve: allow them, or sign them out. */

import {
  allowPhone,
  hasCode,
  type KnownDevice,
  type KnownGrant,
  type Session,
  signOutDevice,
} from '@countersign/browser';
import { h, isolated } from '../dom.ts';
import { sentence } from '../failure.ts';
import { icon } from '../icons.ts';
import { sensitively } from '../sensitive.ts';
import { button, type Stage } from '../stage.ts';
import { rich, t } from '../texts.ts';
import { moment } from '../time.ts';

export interface WaitingPhonesOptions {
  session: Session;
  stage: Stage;
  /** Something was done: how things stand has to be learnt anew. */
  changed: () => unknown;
  /** The session seems to be over. */
  over: () => unknown;
}

/** A phone that waits, and the sign-in that is to be allowed. */
interface Waiting {
  device: KnownDevice;
  grant: KnownGrant;
}

export class WaitingPhones {
  /** Empty while no phone waits. */
  readonly root = h('div', { class: 'waiting-phones', 'aria-live': 'polite' });
  readonly #options: WaitingPhonesOptions;
  #shown = '';

  constructor(options: WaitingPhonesOptions) {
    this.#options = options;
  }

  /** Shows which of these devices wait. */
  show(devices: KnownDevice[]): void {
    const waiting = devices.flatMap(waits);
    const ids = waiting.map(({ grant }) => grant.id).join(' ');
    // What is shown already stays as it is, with its focus.
    if (ids === this.#shown) return;
    this.#shown = ids;
    this.root.replaceChildren(...waiting.map(phone => this.#card(phone)));
  }

  #card({ device, grant }: Waiting): HTMLElement {
    const name = isolated(device.name, 'strong');
    const time = h('span', {}, moment(grant.signed_in_at));
    const until = h('span', {}, moment(grant.approves_at ?? grant.expires_at));
    // Nobody makes a recovery quicker: whoever could has no need of one.
    const recovery = grant.how === 'recovery';
    const words = recovery ? 'waiting.recovery' : 'waiting.text';
    const message = h('p', { class: 'message bad', 'aria-live': 'assertive' });
    const { session } = this.#options;
    const allow = () =>
      this.#do(message, t('waiting.allowed', { name: device.name }), () =>
        sensitively(session, () => allowPhone(session, grant.id)),
      );
    const refuse = () =>
      this.#do(message, t('waiting.signedOut', { name: device.name }), () =>
        sensitively(session, () => signOutDevice(session, device.id)),
      );
    return h(
      'section',
      { class: 'callout warn stacked' },
      h('h2', {}, icon('phone'), t(recovery ? 'waiting.recoveryTitle' : 'waiting.title')),
      h('p', {}, rich(words, { name, time, until })),
      message,
      h(
        'div',
        { class: 'choice' },
        button(t(recovery ? 'waiting.stop' : 'waiting.signOut'), refuse, 'secondary'),
        !recovery && button(t('waiting.allow'), allow, 'secondary'),
      ),
    );
  }

  async #do(message: HTMLElement, said: string, act: () => Promise<object | undefined>) {
    const { stage, changed, over } = this.#options;
    message.textContent = '';
    try {
      if (!(await act())) return;
      stage.announce(said);
    } catch (error) {
      if (hasCode(error, 'signed_out')) return over();
      // Somebody else was quicker: it waits no longer.
      if (!hasCode(error, 'not_found')) {
        message.textContent = sentence(error);
        return;
      }
    }
    await changed();
  }
}

/** The sign-in of this device that waits, if there is one. */
function waits(device: KnownDevice): Waiting[] {
  const grant = device.grants.find(({ role, may_approve }) => role === 'phone' && !may_approve);
  return grant && !device.this_device ? [{ device, grant }] : [];
}

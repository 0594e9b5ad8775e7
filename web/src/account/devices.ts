/** The account's devices: which are signed in, and how to end that. */

import { type KnownDevice, listDevices, signOutOthers } from '@countersign/browser';
import { h } from '../dom.ts';
import { sensitively } from '../sensitive.ts';
import { button } from '../stage.ts';
import { t } from '../texts.ts';
import { deviceRow } from './device-row.ts';
import { Message, type Owner, section } from './owner.ts';
import { WaitingPhones } from './waiting-phones.ts';

export class Devices {
  readonly root: HTMLElement;
  /** Phones that ask to approve; shown apart, since they want an answer. */
  readonly waiting: WaitingPhones;
  readonly #owner: Owner;
  readonly #heading: HTMLElement;
  readonly #message = new Message();
  readonly #live = h('ul', { class: 'devices' });
  readonly #past = h('ul', { class: 'devices' });
  readonly #pastBox = h(
    'details',
    { class: 'past' },
    h('summary', { class: 'button quiet' }, t('devices.past')),
    this.#past,
  );
  readonly #none = h('p', { class: 'hint' }, t('devices.onlyThis'));
  readonly #signOutOthers: HTMLButtonElement;
  #shown = '';

  constructor(owner: Owner) {
    this.#owner = owner;
    this.waiting = new WaitingPhones(owner);
    this.#signOutOthers = button(t('devices.signOutOthers'), () => this.#endOthers(), 'secondary');
    const { root, heading } = section(
      t('devices.title'),
      h('p', {}, t('devices.text')),
      this.#message.root,
      this.#live,
      this.#none,
      this.#signOutOthers,
      this.#pastBox,
    );
    this.root = root;
    this.#heading = heading;
  }

  /** Learns the devices and shows them. */
  async load(): Promise<void> {
    const { session, signal } = this.#owner;
    const { devices } = await listDevices(session, signal);
    this.waiting.show(devices);
    const said = JSON.stringify(devices);
    // A list that says the same keeps its focus, and a name that is being typed.
    if (said === this.#shown || this.root.querySelector('form')) return;
    this.#shown = said;
    const rows = (some: KnownDevice[]) => some.map(device => this.#row(device));
    const live = devices.filter(({ grants }) => grants.length > 0);
    const past = devices.filter(({ grants }) => grants.length === 0);
    const hadFocus = this.#live.contains(document.activeElement);
    this.#live.replaceChildren(...rows(live.sort(thisOneFirst)));
    this.#past.replaceChildren(...rows(past));
    this.#pastBox.hidden = past.length === 0;
    this.#none.hidden = live.length > 1;
    this.#signOutOthers.hidden = live.length < 2;
    if (hadFocus) this.#heading.focus();
  }

  #row(device: KnownDevice): HTMLElement {
    const signedOut = async (said: string) => {
      await this.#owner.changed();
      this.#message.say(said);
      this.#heading.focus();
    };
    return deviceRow({ owner: this.#owner, device, signedOut });
  }

  #endOthers(): Promise<void> {
    const { session, changed } = this.#owner;
    return this.#message.guard(this.#owner, async () => {
      const answer = await sensitively(session, () => signOutOthers(session));
      if (!answer) return;
      await changed();
      this.#message.say(t('devices.othersSignedOut', { count: answer.done.ended }));
      this.#heading.focus();
    });
  }
}

function thisOneFirst(a: KnownDevice, b: KnownDevice): number {
  return Number(b.this_device) - Number(a.this_device) || b.last_seen - a.last_seen;
}

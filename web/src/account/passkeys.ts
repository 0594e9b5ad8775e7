/** The account's passkeys: which there are, and how to add one here. */

import {
  addPasskey,
  listPasskeys,
  makePasskey,
  type Passkey,
  passkeysSupported,
} from '@countersign/browser';
import { describeDevice } from '../device.ts';
import { h } from '../dom.ts';
import { field, form } from '../forms.ts';
import { meta } from '../page.ts';
import { sensitively } from '../sensitive.ts';
import { button } from '../stage.ts';
import { t } from '../texts.ts';
import { Message, type Owner, section } from './owner.ts';
import { NAME_LENGTH, passkeyRow } from './passkey-row.ts';

export class PasskeysPart {
  readonly root: HTMLElement;
  readonly #owner: Owner;
  readonly #heading: HTMLElement;
  readonly #message = new Message();
  readonly #list = h('ul', { class: 'devices' });
  readonly #none = h('p', { class: 'hint', hidden: true }, t('passkeys.none'));
  readonly #add: HTMLButtonElement;
  /** A server at a bare address has none, and is not asked. */
  readonly #possible = meta('passkeys') === 'on';
  #shown = '';

  constructor(owner: Owner) {
    this.#owner = owner;
    this.#add = button(t('passkeys.add'), () => this.#openForm(), 'secondary');
    const here = this.#possible && passkeysSupported();
    const why = this.#possible ? 'passkeys.unsupported' : 'passkeys.unavailable';
    const { root, heading } = section(
      t('passkeys.title'),
      h('p', {}, t('passkeys.text')),
      this.#message.root,
      this.#list,
      this.#none,
      here ? this.#add : h('p', { class: 'callout warn' }, h('span', {}, t(why))),
    );
    root.id = 'passkeys';
    this.root = root;
    this.#heading = heading;
  }

  /** Learns the passkeys and shows them. */
  async load(): Promise<void> {
    if (!this.#possible) return;
    const { session, signal } = this.#owner;
    const { passkeys } = await listPasskeys(session, signal);
    const said = JSON.stringify(passkeys);
    // A list that says the same keeps its focus, and a name that is being typed.
    if (said === this.#shown || this.#list.querySelector('form')) return;
    this.#shown = said;
    const hadFocus = this.#list.contains(document.activeElement);
    this.#list.replaceChildren(...passkeys.map(passkey => this.#row(passkey)));
    this.#none.hidden = passkeys.length > 0;
    if (hadFocus) this.#heading.focus();
  }

  #row(passkey: Passkey): HTMLElement {
    const removed = async (name: string) => {
      await this.#owner.changed();
      this.#message.say(t('passkeys.removed', { name }));
      this.#heading.focus();
    };
    return passkeyRow({ owner: this.#owner, passkey, removed });
  }

  #openForm(): void {
    this.#message.say('');
    const own = describeDevice(navigator.userAgent).name;
    const name = field('passkey-name', t('passkeys.name'), {
      value: own,
      maxlength: NAME_LENGTH,
      autocomplete: 'off',
    });
    const close = () => {
      made.replaceWith(this.#add);
      this.#add.focus();
    };
    const trouble = new Message();
    const made: HTMLElement = form({
      fields: [name],
      more: [h('p', { class: 'hint' }, t('passkeys.how')), trouble.root],
      submit: t('passkeys.make'),
      act: async () => {
        await trouble.guard(this.#owner, async () => {
          const added = await this.#make(name.input.value.trim());
          if (!added) return;
          close();
          await this.#owner.changed();
          this.#message.say(t('passkeys.added', { name: added.name }));
        });
        return undefined;
      },
      actions: button(t('action.cancel'), close, 'quiet'),
    });
    this.#add.replaceWith(made);
    name.input.select();
  }

  /** The browser's part may take longer than the server's memory of who it was: then that is asked again alone. */
  async #make(name: string): Promise<Passkey | undefined> {
    const { session, signal } = this.#owner;
    const made = await sensitively(session, () => makePasskey(session, 'add', { signal }));
    if (!made) return undefined;
    return (await sensitively(session, () => addPasskey(session, made.done, name)))?.done;
  }
}

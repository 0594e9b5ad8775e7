/** The way in by passkey: a button, the browser's own offer in a field, and what came of either. */

import {
  type Connection,
  hasCode,
  type PasskeyProof,
  passkeyOptions,
  provePasskey,
  usePasskey,
} from '@countersign/browser';
import { h } from './dom.ts';
import { sentence } from './failure.ts';
import { icon } from './icons.ts';
import { Pause } from './pause.ts';
import { button } from './stage.ts';
import { type TextKey, t } from './texts.ts';

/** A challenge that is offered in a field is renewed so many seconds before it ends. */
const MARGIN = 30;

export interface PasskeyDoor {
  connection: Connection;
  /** Aborted when the person turns to another way. */
  signal: AbortSignal;
  /** Lets somebody in with what a passkey proved. What it throws is said here. */
  enter: (passkey: PasskeyProof, signal: AbortSignal) => Promise<void>;
}

export class PasskeyWay {
  readonly root: HTMLElement;
  readonly #door: PasskeyDoor;
  readonly #message = h('p', { class: 'message', 'aria-live': 'polite' });
  readonly #pause = new Pause();
  /** What the browser is asked for now: it serves one at a time. */
  #current = new AbortController();
  #field: HTMLInputElement | undefined;

  constructor(door: PasskeyDoor, hint: TextKey, look: 'primary' | 'secondary' = 'primary') {
    this.#door = door;
    door.signal.addEventListener('abort', () => this.stop(), { once: true });
    const use = button(t('passkey.use'), () => this.#press(), look);
    use.prepend(icon('passkey'));
    const { root: pause } = this.#pause;
    this.root = h(
      'div',
      { class: 'passkey-way' },
      use,
      h('p', { class: 'hint' }, t(hint)),
      this.#message,
      pause,
    );
  }

  /** Ends what the browser shows: something else has begun. */
  stop(): void {
    this.#current.abort();
  }

  /** Lets the browser offer passkeys in the field for the account's name, where it can. */
  async offerIn(field: HTMLInputElement): Promise<void> {
    field.setAttribute('autocomplete', 'username webauthn');
    if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
    this.#field = field;
    while (await this.#offer());
  }

  async #press(): Promise<void> {
    if (!this.#pause.isOver) return;
    const field = this.#field;
    const { signal } = this.#begin();
    this.#say('');
    try {
      const { connection, enter } = this.#door;
      await enter(await provePasskey(connection, 'sign-in', { signal }), signal);
    } catch (error) {
      if (signal.aborted) return;
      this.#explain(error);
      if (field) this.offerIn(field);
    }
  }

  /** One challenge in the field; true when another one shall follow. Without the offer nothing is missing. */
  async #offer(): Promise<boolean> {
    const { connection, enter } = this.#door;
    const round = this.#begin();
    const { signal } = round;
    let old = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      const asked = await passkeyOptions<PublicKeyCredentialRequestOptionsJSON>(
        connection,
        'sign-in',
        { signal },
      );
      const renew = () => {
        old = true;
        round.abort();
      };
      timer = setTimeout(renew, Math.max(1, asked.expires_in - MARGIN) * 1000);
      const options = { signal, mediation: 'conditional' } as const;
      const response = await usePasskey(asked.options, options);
      await enter({ challenge: asked.challenge, response }, signal);
      return false;
    } catch (error) {
      if (signal.aborted) return old;
      if (!hasCode(error, 'invalid_credentials', 'slow_down')) return false;
      this.#explain(error);
      return this.#pause.isOver;
    } finally {
      clearTimeout(timer);
    }
  }

  #begin(): AbortController {
    this.#current.abort();
    this.#current = new AbortController();
    if (this.#door.signal.aborted) this.#current.abort();
    return this.#current;
  }

  #explain(error: unknown): void {
    if (hasCode(error, 'slow_down')) {
      this.#pause.begin(error.retryAfter);
      this.#say(t('pause.text'));
    } else if (hasCode(error, 'invalid_credentials')) this.#say(t('passkey.unknown'));
    else this.#say(sentence(error));
  }

  #say(text: string): void {
    this.#message.textContent = text;
  }
}

/**
 * Offers who is signed in by phone or password a passkey on this computer, for the next time. A phone has to allow
 * it first: a sign-in that somebody was tricked into must not be able to stay. Knows no login.
 */

import { addPasskey, type Connection, hasCode, type Me, makePasskey } from '@countersign/browser';
import { type Child, h, isolated } from '../dom.ts';
import { sentence } from '../failure.ts';
import { icon } from '../icons.ts';
import { passkeysWork } from '../passkeys.ts';
import { button } from '../stage.ts';
import { rich, type TextKey, t } from '../texts.ts';

const DISMISSED = 'countersign-no-passkey-offer';

export interface PasskeyOfferOptions {
  connection: Connection;
  me: Me;
  /** Has a phone allow it. */
  allow: () => unknown;
  /** Whose phone has just allowed it, if one has: that of who was signed in before, or another account's. */
  came?: 'same' | 'other' | undefined;
}

export class PasskeyOffer {
  /** Nothing, where there is nothing to offer. */
  readonly root: HTMLElement | undefined;
  /** A phone was asked just now: what came of it is read first. */
  readonly urgent: boolean;
  /** What the person came for, and goes on with. */
  readonly first: HTMLElement | undefined;
  readonly #options: PasskeyOfferOptions;
  readonly #message = h('p', { class: 'message', 'aria-live': 'polite' });

  constructor(options: PasskeyOfferOptions) {
    this.#options = options;
    this.urgent = options.came !== undefined || mayAdd(options.me);
    const content = this.#content();
    if (!content) return;
    this.root = h('section', { class: 'callout stacked offer' }, content);
    if (options.came === 'same') this.first = this.root.querySelector('button') ?? undefined;
  }

  #content(): Child[] | undefined {
    const { me, came } = this.#options;
    if (came === 'other') return [h('p', { class: 'bad' }, t('addPasskey.other'))];
    if (!passkeysWork()) return undefined;
    if (mayAdd(me)) return this.#allowed();
    const wanted = me.grant.how === 'scan' || me.grant.how === 'password';
    return wanted && !isDismissed() ? this.#offered() : undefined;
  }

  #offered(): Child[] {
    const { me, allow, connection } = this.#options;
    const never = button(t('addPasskey.never'), () => this.#dismiss(), 'quiet');
    if (me.account.passkeys === 0) {
      const address = isolated(`${connection.issuer}/account`, 'strong');
      return [title('addPasskey.title'), h('p', {}, rich('addPasskey.none', { address })), never];
    }
    const start = button(t('addPasskey.start'), allow, 'secondary');
    return [
      title('addPasskey.title'),
      h('p', {}, t('addPasskey.text')),
      this.#message,
      start,
      never,
    ];
  }

  /** Pressed anew on purpose: browsers make a passkey only for who just did something. */
  #allowed(): Child[] {
    const now = button(t('addPasskey.now'), () => this.#add());
    const text = h('p', {}, t('addPasskey.allowedText'));
    return [title('addPasskey.allowedTitle'), text, this.#message, now];
  }

  async #add(): Promise<void> {
    const { connection } = this.#options;
    this.#message.textContent = '';
    try {
      await addPasskey(connection, await makePasskey(connection, 'add'));
      const done = h('p', { role: 'status' }, t('addPasskey.done'));
      this.#show([title('addPasskey.doneTitle', 'check'), done]);
    } catch (error) {
      // The time is over, or it was used.
      if (hasCode(error, 'verification_required', 'not_a_phone')) {
        this.#show(this.#offered());
        this.#message.textContent = t('addPasskey.late');
      } else if (hasCode(error, 'passkey_cancelled')) {
        this.#message.textContent = t('addPasskey.cancelled');
      } else this.#message.textContent = sentence(error);
    }
  }

  #show(content: Child[]): void {
    const hadFocus = this.root?.contains(document.activeElement);
    this.root?.replaceChildren(...h('div', {}, content).childNodes);
    if (hadFocus) this.root?.querySelector<HTMLElement>('h2')?.focus();
  }

  #dismiss(): void {
    dismiss();
    this.root?.remove();
  }
}

/** The server says until when only while it is so. */
function mayAdd({ grant }: Me): boolean {
  return grant.may_add_passkey_until !== undefined;
}

function title(key: TextKey, sign: 'passkey' | 'check' = 'passkey'): HTMLElement {
  return h('h2', { tabindex: '-1' }, icon(sign), t(key));
}

function isDismissed(): boolean {
  try {
    return localStorage.getItem(DISMISSED) !== null;
  } catch {
    return false;
  }
}

function dismiss(): void {
  try {
    localStorage.setItem(DISMISSED, 'yes');
  } catch {
    // A browser that keeps nothing offers it again.
  }
}

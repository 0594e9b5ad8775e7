/** Recovery codes: how many are left, and new ones. */

import { makeRecoveryCodes, type Recovery, recoveryCodes } from '@countersign/browser';
import { openDialog } from '../dialog.ts';
import { h } from '../dom.ts';
import { icon } from '../icons.ts';
import { sensitively } from '../sensitive.ts';
import { button } from '../stage.ts';
import { t } from '../texts.ts';
import { day, duration } from '../time.ts';
import { codesView } from './codes.ts';
import { Message, type Owner, section } from './owner.ts';

/** So few codes that their owner should make new ones. */
const FEW = 2;

export class RecoveryPart {
  readonly root: HTMLElement;
  readonly #owner: Owner;
  readonly #heading: HTMLElement;
  readonly #message = new Message();
  readonly #state = h('div', { class: 'codes-state' });
  readonly #make: HTMLButtonElement;
  #known: Recovery | undefined;

  constructor(owner: Owner) {
    this.#owner = owner;
    this.#make = button(t('recovery.make'), () => this.#makeNew(), 'secondary');
    const { root, heading } = section(
      t('recovery.title'),
      h('p', {}, t('recovery.text')),
      this.#message.root,
      this.#state,
      this.#make,
    );
    root.id = 'recovery-codes';
    this.root = root;
    this.#heading = heading;
  }

  /** Learns how many are left. */
  async load(): Promise<void> {
    const { session, signal } = this.#owner;
    const now = await recoveryCodes(session, signal);
    if (JSON.stringify(now) === JSON.stringify(this.#known)) return;
    this.#known = now;
    this.#state.replaceChildren(...left(now));
    this.#make.textContent = t(now.made_at === undefined ? 'recovery.make' : 'recovery.makeNew');
  }

  #makeNew(): Promise<void> {
    return this.#message.guard(this.#owner, async () => {
      const { session, changed } = this.#owner;
      if ((this.#known?.codes_left ?? 0) > 0 && !(await sure())) return;
      const answer = await sensitively(session, () => makeRecoveryCodes(session));
      if (!answer) return;
      this.#show(answer.done.codes);
      await changed();
    });
  }

  /** They can't be asked for again: they stay until their owner says that they are kept. */
  #show(codes: string[]): void {
    const { session, stage } = this.#owner;
    const { issuer } = session.connection;
    const kept = () => {
      view.root.replaceWith(this.#make);
      this.#message.say(t('recovery.kept'));
      this.#heading.focus();
    };
    const account = session.account?.login ?? session.account?.name ?? '';
    const view = codesView({ codes, account, issuer, kept });
    this.#make.replaceWith(view.root);
    view.heading.focus();
    stage.announce(t('recovery.shown'));
  }
}

function left({ codes_left: count, made_at, wait_seconds }: Recovery): HTMLElement[] {
  const wait = wait_seconds === 0 ? t('recovery.noWait') : waiting(wait_seconds);
  const none = made_at === undefined;
  const words = none ? t('recovery.never') : t('recovery.left', { count, day: day(made_at) });
  const state =
    count > FEW
      ? h('p', {}, words)
      : h(
          'p',
          { class: 'callout warn' },
          icon('warning'),
          h('span', {}, none ? words : `${words} ${t('recovery.few')}`),
        );
  return [state, h('p', { class: 'hint' }, wait)];
}

function waiting(seconds: number): string {
  return t('recovery.wait', { time: duration(seconds) });
}

async function sure(): Promise<boolean> {
  const answer = await openDialog<true>(t('recovery.sure'), close => {
    const stay = button(t('action.cancel'), () => close(), 'secondary');
    stay.dataset.first = '';
    const go = button(t('recovery.replace'), () => close(true));
    return [h('p', {}, t('recovery.replaces')), h('div', { class: 'actions' }, go, stay)];
  });
  return answer === true;
}

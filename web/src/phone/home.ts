/** The phone's home: who is signed in, whether this phone may approve yet, and which others ask to. */

import { hasCode, listDevices, type Session } from '@countersign/browser';
import { WaitingPhones } from '../account/waiting-phones.ts';
import { untilLater } from '../in-view.ts';
import type { Stage } from '../stage.ts';
import { t } from '../texts.ts';
import type { Recent } from './recent.ts';
import { homeView, type Wait } from './views.ts';

/** Seconds between looks while the page is in view: what another device did should show up soon. */
const PAUSE = 10;

export interface HomeOptions {
  stage: Stage;
  session: Session;
  /** What signed in lately. */
  recent: Recent;
  signal: AbortSignal;
  /** What is known of this phone's wait before the server was asked. */
  wait: Wait | undefined;
  /** How long this phone waits, as the server says. */
  learned: (wait: Wait | undefined) => unknown;
  scan: () => unknown;
  signOut: () => unknown;
  /** Something showed that the session may be over. */
  over: () => unknown;
}

export class Home {
  readonly #options: HomeOptions;
  readonly #phones: WaitingPhones;
  #wait: Wait | undefined;
  #follows = false;

  constructor(options: HomeOptions) {
    this.#options = options;
    this.#wait = options.wait;
    const { session, stage, over } = options;
    this.#phones = new WaitingPhones({ session, stage, over, changed: () => this.#learn() });
  }

  /** Shows itself at once, and goes on learning how things stand. Throws `signed_out` when that is so. */
  async run(): Promise<void> {
    const { signal } = this.#options;
    this.#show();
    while (!signal.aborted) {
      await this.#learn();
      await untilLater(PAUSE, signal);
    }
  }

  async #learn(): Promise<void> {
    const { session, signal } = this.#options;
    try {
      const { grant } = await session.me(signal);
      const wait = grant.may_approve
        ? undefined
        : {
            since: grant.signed_in_at,
            until: grant.approves_at ?? grant.expires_at,
            recovery: grant.how === 'recovery',
          };
      if (signal.aborted) return;
      if (wait?.until !== this.#wait?.until) {
        this.#wait = wait;
        this.#options.learned(wait);
        this.#show(wait ? undefined : t('wait.over'));
      }
      if (wait) return;
      this.#follow();
      this.#phones.show((await listDevices(session, signal)).devices);
    } catch (error) {
      if (hasCode(error, 'signed_out')) throw error;
      // No network: what is shown stays, and the next look tells.
    }
  }

  /** A phone that waits is told nothing of the account. */
  #follow(): void {
    if (this.#follows) return;
    this.#follows = true;
    const { recent, signal, over } = this.#options;
    // It ends by itself only with the session.
    recent.follow(signal).catch(() => over());
  }

  #show(announce?: string): void {
    const { stage, session, recent, scan, signOut } = this.#options;
    const name = session.account?.name ?? '';
    const waitingPhones = this.#phones.root;
    const wait = this.#wait;
    const view = homeView({ name, wait, waitingPhones, recent, scan, signOut });
    stage.show(view, announce === undefined ? {} : { announce });
  }
}

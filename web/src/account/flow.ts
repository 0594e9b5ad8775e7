/** Leads the account's page: finds out who is signed in here, as what, and shows what that allows. */

import {
  type Connection,
  connect,
  currentSession,
  hasCode,
  type Me,
  Session,
  signOutHere,
} from '@countersign/browser';
import { failureView } from '../failure.ts';
import { untilLater } from '../in-view.ts';
import type { Page } from '../page.ts';
import { patiently } from '../patience.ts';
import { loadingView } from '../stage.ts';
import { desktopView, lockedView, signedOutView, waitingView } from './limited.ts';
import { runOverview } from './overview.ts';

/** Seconds between looks at how things stand, where they may change elsewhere. */
const PAUSE = 10;

export class AccountPage {
  readonly #page: Page;
  /** Carries the cookie of a sign-in as a computer; a phone's tokens travel alone. */
  readonly #cookies: Connection;
  #current = new AbortController();

  constructor(page: Page) {
    this.#page = page;
    const { issuer, key } = page.connection;
    this.#cookies = connect({ issuer, key, cookies: true });
  }

  /** Finds out how things stand, and shows them. */
  start = (): Promise<void> =>
    this.#run(async signal => {
      const { stage, connection, storage } = this.#page;
      stage.show(loadingView());
      const session = await Session.resume(connection, storage.sessions('phone'));
      if (session && (await this.#asPhone(session, signal))) return;
      const me = await patiently(stage, signal, () => currentSession(this.#cookies, signal));
      if (me) await this.#asDesktop(me, signal);
      else stage.show(signedOutView('noOne.title', 'noOne.text'));
    });

  /** Runs one thing at a time; what ran before is ended. */
  async #run(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.#current.abort();
    this.#current = new AbortController();
    const { signal } = this.#current;
    this.#page.stage.trouble(undefined);
    try {
      await work(signal);
    } catch (error) {
      if (!signal.aborted) this.#page.stage.show(failureView(error, this.start));
    }
  }

  /** Shows the account as a phone may see it. False when that session turns out to be over. */
  async #asPhone(session: Session, signal: AbortSignal): Promise<boolean> {
    const { stage } = this.#page;
    const signOut = () => this.#signOut(session);
    try {
      const me = await this.#allowed(session, signOut, signal);
      const locked = async () => {
        await session.signOut(); // the server knows; this browser has to forget
        this.#show(lockedView());
      };
      if (me) await runOverview({ session, stage, me, signal, over: this.start, signOut, locked });
    } catch (error) {
      if (!hasCode(error, 'signed_out')) throw error;
      return false;
    }
    return true;
  }

  /** Who is signed in, once this phone may approve; meanwhile says that it waits. */
  async #allowed(
    session: Session,
    signOut: () => unknown,
    signal: AbortSignal,
  ): Promise<Me | undefined> {
    const { stage } = this.#page;
    let until: number | undefined;
    while (!signal.aborted) {
      const me = await patiently(stage, signal, () => session.me(signal));
      if (me.grant.may_approve) return me;
      if (until !== me.grant.approves_at) stage.show(waitingView(me, signOut));
      until = me.grant.approves_at;
      await untilLater(PAUSE, signal);
    }
    return undefined;
  }

  /** Shows the sign-in that this browser has as a computer, for as long as it has it. */
  async #asDesktop(me: Me, signal: AbortSignal): Promise<void> {
    const { stage, connection } = this.#page;
    const signOut = () =>
      this.#run(async () => {
        await signOutHere(this.#cookies);
        stage.show(signedOutView('signedOut.title', 'signedOut.text'));
      });
    stage.show(desktopView(me, `${connection.issuer}/account`, signOut));
    const ask = () => currentSession(this.#cookies, signal);
    while (await patiently(stage, signal, ask)) await untilLater(PAUSE, signal);
    if (!signal.aborted) stage.show(signedOutView('ended.title', 'ended.text'));
  }

  /** Tokens that cannot be cleared are shown as a failure: this browser is still signed in. */
  #signOut(session: Session): Promise<void> {
    return this.#run(async () => {
      await session.signOut();
      this.#page.stage.show(signedOutView('signedOut.title', 'signedOut.text'));
    });
  }

  /** Shows how things stand for good. */
  #show(view: HTMLElement): void {
    this.#current.abort();
    this.#page.stage.show(view);
  }
}

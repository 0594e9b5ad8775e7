/** Leads back into an account: a recovery code, the wait that the server sets, and what to sign in with afterwards. */

import {
  addPasskey,
  CountersignError,
  changePassword,
  hasCode,
  makePasskey,
  recover,
  Session,
  type SessionStore,
  type Waiting,
  waitLeft,
} from '@countersign/browser';
import { describeDevice } from '../device.ts';
import { failureView, sentence } from '../failure.ts';
import type { Complaint } from '../forms.ts';
import { untilLater } from '../in-view.ts';
import type { Page } from '../page.ts';
import { passkeysWork } from '../passkeys.ts';
import { patiently } from '../patience.ts';
import { sensitively } from '../sensitive.ts';
import { loadingView } from '../stage.ts';
import { t } from '../texts.ts';
import { sureToStop } from './stop.ts';
import { codeView, doneView, endedView, setView, signedInView, waitView } from './views.ts';

/** The built-in client of the server's own pages. */
const CLIENT_ID = 'countersign';
/** Seconds between looks at how things stand, while the page is in view. */
const PAUSE = 20;

export class RecoverPage {
  readonly #page: Page;
  readonly #store: SessionStore;
  #current = new AbortController();

  constructor(page: Page) {
    this.#page = page;
    this.#store = page.storage.sessions('phone');
  }

  /** Finds out how far this browser has come, so that a reload goes on where it was. */
  start = (): Promise<void> =>
    this.#run(async signal => {
      this.#page.stage.show(loadingView());
      const session = await Session.resume(this.#page.connection, this.#store);
      if (session) await this.#follow(session, signal);
      else this.#askCode();
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

  #askCode(said?: string): void {
    const { stage, connection } = this.#page;
    const submit = async (account: string, code: string): Promise<string | undefined> => {
      try {
        const device = describeDevice(navigator.userAgent);
        const answer = await recover(connection, { account, code, device });
        const session = await Session.begin(connection, this.#store, CLIENT_ID, answer);
        this.#run(signal => this.#follow(session, signal));
      } catch (error) {
        return hasCode(error, 'invalid_credentials') ? t('recover.wrong') : sentence(error);
      }
      return undefined;
    };
    const root = codeView(submit, said);
    stage.show(root, said === undefined ? {} : { announce: said });
  }

  /** Shows how things stand with this phone until it need not wait any more. */
  async #follow(session: Session, signal: AbortSignal): Promise<void> {
    const { stage } = this.#page;
    let shown: ReturnType<typeof waitView> | undefined;
    while (!signal.aborted) {
      let now: Waiting;
      try {
        now = await patiently(stage, signal, () => waitLeft(session, signal));
      } catch (error) {
        if (!hasCode(error, 'signed_out')) throw error;
        // An old session of this browser is nothing to tell; a recovery that was begun here is.
        if (shown) stage.show(endedView(() => this.#askCode()));
        else this.#askCode();
        return;
      }
      const { account, grant } = now.me;
      if (grant.how !== 'recovery') return stage.show(signedInView(account.name ?? ''));
      if (grant.may_approve) return this.#set(session);
      if (shown) shown.set(now.seconds);
      else {
        shown = waitView(now, () => this.#stop(session));
        stage.show(shown.root);
      }
      await untilLater(PAUSE, signal);
    }
  }

  /** Gives the recovery up. */
  async #stop(session: Session): Promise<void> {
    if (!(await sureToStop())) return;
    await this.#run(async () => {
      await session.signOut();
      this.#askCode(t('recover.cancelled'));
    });
  }

  /** Takes a password or passkey that is new: the server wants nothing old for the first one. */
  #set(session: Session): void {
    const passkey = async (): Promise<Complaint | undefined> =>
      this.#guard(async () => {
        const made = await sensitively(session, () => makePasskey(session, 'add'));
        if (!made) return;
        const { name } = describeDevice(navigator.userAgent);
        const added = await sensitively(session, () => addPasskey(session, made.done, name));
        if (added) this.#done(t('recover.donePasskey'));
      });
    const password = async (chosen: string, others: boolean): Promise<Complaint | undefined> =>
      this.#guard(async () => {
        const change = () => changePassword(session, chosen, others);
        const answer = await sensitively(session, change);
        if (answer) this.#done(t('recover.donePassword', { count: answer.done.ended }));
      });
    this.#page.stage.show(setView(passkeysWork() ? passkey : undefined, password));
  }

  async #guard(work: () => Promise<void>): Promise<Complaint | undefined> {
    try {
      await work();
    } catch (error) {
      if (hasCode(error, 'signed_out')) {
        this.#page.stage.show(endedView(() => this.#askCode()));
        return undefined;
      }
      const reason = error instanceof CountersignError ? error.reason : undefined;
      return { text: reason ? t(`password.${reason}`) : sentence(error) };
    }
    return undefined;
  }

  #done(said: string): void {
    this.#page.stage.show(doneView(said));
  }
}

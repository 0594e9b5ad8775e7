/** Leads the phone page: from a link or the scanner, through sign-in, to a decision and back home. */

import {
  hasCode,
  type OpenedBy,
  type ScanAnswer,
  Session,
  type SessionAnswer,
  type SessionStore,
  scan,
  takeHold,
} from '@countersign/browser';
import { failureView } from '../failure.ts';
import type { Page } from '../page.ts';
import { patiently } from '../patience.ts';
import { loadingView } from '../stage.ts';
import { Decision } from './decision.ts';
import { Home } from './home.ts';
import { showOutcome } from './outcome.ts';
import { Recent } from './recent.ts';
import {
  dropRequest,
  type End,
  keepRequest,
  keptEnd,
  keptRequest,
  type Request,
} from './request.ts';
import { Scanner } from './scanner.ts';
import { showSignIn } from './sign-in.ts';
import { linkView, passkeyNeededView, phoneWaitsView, type Wait } from './views.ts';

/** The built-in client of the server's own pages. */
const CLIENT_ID = 'countersign';

export class Phone {
  readonly #page: Page;
  readonly #registration: boolean;
  readonly #store: SessionStore;
  #session: Session | undefined;
  #wait: Wait | undefined;
  #recent: { of: Session; list: Recent } | undefined;
  #current = new AbortController();

  /** `registration`: whether the server takes new accounts. */
  constructor(page: Page, registration: boolean) {
    this.#page = page;
    this.#registration = registration;
    this.#store = page.storage.sessions('phone');
  }

  /** Opens without a request, or with the one that a reload interrupted. */
  start = (): Promise<void> =>
    this.#run(async () => {
      await this.#resume();
      const interrupted = keptRequest();
      const end = keptEnd();
      if (interrupted) this.#look(interrupted);
      else if (end && this.#session) this.#showEnd(this.#session, end);
      else this.#home();
    });

  /** Opens with a request from a link: nothing is scanned before a tap. */
  invite(code: string, openedBy: OpenedBy): Promise<void> {
    return this.#run(async () => {
      dropRequest();
      await this.#resume();
      const look = () => this.#look({ scanned: { scan: code }, openedBy });
      this.#page.stage.show(linkView(openedBy === 'cross-site-link', look, this.#home));
    });
  }

  /** Opened by a link that holds no code of ours. */
  refuse(error: unknown): void {
    this.#showProblem(error);
  }

  async #resume(): Promise<void> {
    this.#page.stage.show(loadingView());
    this.#session = await Session.resume(this.#page.connection, this.#store);
  }

  /** Runs one thing at a time; what ran before is ended. */
  async #run(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.#current.abort();
    this.#current = new AbortController();
    const { signal } = this.#current;
    this.#page.stage.trouble(undefined);
    try {
      await work(signal);
    } catch (error) {
      if (signal.aborted) return;
      if (hasCode(error, 'signed_out')) this.#showSignIn();
      else this.#page.stage.show(failureView(error, this.start));
    }
  }

  #home = (): void => {
    this.#run(async signal => {
      dropRequest();
      const session = this.#session;
      if (!session) return this.#showSignIn();
      const home = new Home({
        stage: this.#page.stage,
        session,
        recent: this.#recentOf(session),
        signal,
        wait: this.#wait,
        learned: wait => {
          this.#wait = wait;
        },
        scan: this.#scan,
        signOut: () => this.#signOut(session),
        over: this.#home,
      });
      await home.run();
    });
  };

  /** One list for a session: what it has shown it knows, wherever the page was meanwhile. */
  #recentOf(session: Session): Recent {
    if (this.#recent?.of !== session) {
      const { stage } = this.#page;
      this.#recent = { of: session, list: new Recent({ session, stage, over: this.#home }) };
    }
    return this.#recent.list;
  }

  /** A reload must not take away what can be undone. */
  #showEnd(session: Session, end: End): void {
    const { stage } = this.#page;
    const ways = { scanner: this.#scan, home: this.#home };
    showOutcome('collected', { stage, session, ...end, ...ways });
  }

  /** Opens the scanner, and with it asks for the camera. */
  #scan = (): void => {
    this.#run(async signal => {
      dropRequest();
      const { stage, connection, host } = this.#page;
      const scanner = new Scanner({
        issuer: connection.issuer,
        host,
        signal,
        back: this.#home,
        found: ({ scan: code }, openedBy) => this.#look({ scanned: { scan: code }, openedBy }),
      });
      stage.show(scanner.root);
      await scanner.start();
    });
  };

  /** Claims the request and shows it. Not signed in: takes a hold first, so that it stays good. */
  #look(request: Request, before?: ScanAnswer): Promise<void> {
    return this.#run(async signal => {
      this.#page.stage.show(loadingView());
      keepRequest(request);
      const session = this.#session;
      try {
        if (!session) return await this.#signInFirst(request, signal);
        await this.#decide(session, request, before, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (hasCode(error, 'signed_out')) await this.#signInFirst(request, signal);
        else if (hasCode(error, 'phone_waiting')) {
          await this.#waitFirst(request, error.approvesIn, signal);
        } else if (hasCode(error, 'passkey_required')) {
          dropRequest();
          this.#page.stage.show(passkeyNeededView(this.#home));
        } else if (hasCode(error, 'internal')) {
          this.#page.stage.show(failureView(error, () => this.#look(request, before)));
        } else this.#showProblem(error);
      }
    });
  }

  async #decide(
    session: Session,
    request: Request,
    before: ScanAnswer | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { stage } = this.#page;
    const { scanned, openedBy } = request;
    const ask = () => scan(session, scanned, openedBy, signal);
    const answer = await patiently(stage, signal, ask);
    const decision = new Decision({
      stage,
      session,
      answer,
      before,
      signal,
      rescan: () => this.#look(request, answer),
      scanAnew: ask,
      scanner: this.#scan,
      home: this.#home,
    });
    await decision.run();
  }

  async #signInFirst(request: Request, signal: AbortSignal): Promise<void> {
    this.#session = undefined;
    this.#showSignIn(await this.#hold(request, signal));
  }

  /** Another phone may allow this one before the request is over. */
  async #waitFirst(request: Request, approvesIn: number | undefined, signal: AbortSignal) {
    const held = await this.#hold(request, signal);
    const view = phoneWaitsView(approvesIn, () => this.#look(held), this.#home);
    this.#page.stage.show(view);
  }

  /** Keeps the request good for some minutes. */
  async #hold(request: Request, signal: AbortSignal): Promise<Request> {
    const { stage, connection } = this.#page;
    const { scanned, openedBy } = request;
    if ('hold' in scanned) return request;
    const { hold } = await patiently(stage, signal, () =>
      takeHold(connection, scanned.scan, signal),
    );
    const held: Request = { scanned: { hold }, openedBy };
    keepRequest(held);
    return held;
  }

  #showSignIn(pending?: Request): void {
    this.#session = undefined;
    const done = async (answer: SessionAnswer) => {
      this.#wait = waitOf(answer);
      const { connection } = this.#page;
      this.#session = await Session.begin(connection, this.#store, CLIENT_ID, answer);
      if (pending) this.#look(pending);
      else this.#home();
    };
    const leave = pending && this.#home;
    const { signal } = this.#current;
    const registration = this.#registration;
    showSignIn({ page: this.#page, signal, registration, leave, done });
  }

  /** Tokens that cannot be cleared are shown as a failure: this browser is still signed in. */
  #signOut(session: Session): Promise<void> {
    return this.#run(async () => {
      await session.signOut();
      this.#session = undefined;
      this.#home();
    });
  }

  #showProblem(error: unknown): void {
    dropRequest();
    const again = () => (this.#session ? this.#scan() : this.#home());
    const words = { title: 'problem.title', action: 'problem.again' } as const;
    this.#page.stage.show(failureView(error, again, words));
  }
}

/** How long a phone that just signed in has to wait, for reading only. */
function waitOf({ may_approve, approves_in }: SessionAnswer): Wait | undefined {
  if (may_approve) return undefined;
  const since = Date.now() / 1000;
  return { since, until: since + (approves_in ?? 0) };
}

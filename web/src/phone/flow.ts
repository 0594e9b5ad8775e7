/** Leads the phone page: from a link or the scanner, through sign-in, to a decision and back home. */

import {
  hasCode,
  type OpenedBy,
  Session,
  type SessionStore,
  scan,
  signIn,
  takeHold,
} from '@countersign/browser';
import { describeDevice } from '../device.ts';
import { failureView, sentence } from '../failure.ts';
import type { Page } from '../page.ts';
import { loadingView } from '../stage.ts';
import { Decision } from './decision.ts';
import { dropRequest, keepRequest, keptRequest, type Request } from './request.ts';
import { Scanner } from './scanner.ts';
import * as views from './views.ts';

/** The built-in client of the server's own pages. */
const CLIENT_ID = 'countersign';

export class Phone {
  readonly #page: Page;
  readonly #store: SessionStore;
  #session: Session | undefined;
  #mayApprove = true;
  #current = new AbortController();

  constructor(page: Page) {
    this.#page = page;
    this.#store = page.storage.sessions('phone');
  }

  /** Opens without a request, or with the one that a reload interrupted. */
  start = (): Promise<void> =>
    this.#run(async () => {
      await this.#resume();
      const interrupted = keptRequest();
      if (interrupted) this.#look(interrupted);
      else this.#home();
    });

  /** Opens with a request from a link: nothing is scanned before a tap. */
  invite(code: string, openedBy: OpenedBy): Promise<void> {
    return this.#run(async () => {
      dropRequest();
      await this.#resume();
      const look = () => this.#look({ scanned: { scan: code }, openedBy });
      const crossSite = openedBy === 'cross-site-link';
      this.#page.stage.show(views.linkView(crossSite, look, this.#home));
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
      if (hasCode(error, 'signed_out')) this.#showLogin();
      else this.#page.stage.show(failureView(error, this.start));
    }
  }

  #home = (): void => {
    this.#run(async signal => {
      dropRequest();
      const session = this.#session;
      if (!session) return this.#showLogin();
      const name = session.account?.name ?? '';
      const signOut = () => this.#signOut(session);
      this.#page.stage.show(views.homeView(name, this.#mayApprove, this.#scan, signOut));
      // Shown at once, from what is kept; whether the session still lives is learnt meanwhile.
      await session.me(signal).catch(error => {
        if (hasCode(error, 'signed_out')) throw error;
      });
    });
  };

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
  #look(request: Request, changed = false): Promise<void> {
    return this.#run(async signal => {
      const { stage } = this.#page;
      stage.show(loadingView());
      keepRequest(request);
      const session = this.#session;
      try {
        if (!session) return await this.#keep(request, signal);
        const { scanned, openedBy } = request;
        const answer = await scan(session, scanned, openedBy, signal);
        const decision = new Decision({
          stage,
          session,
          answer,
          changed,
          signal,
          rescan: () => this.#look(request, true),
          scanAnew: () => scan(session, scanned, openedBy, signal),
          scanner: this.#scan,
          home: this.#home,
        });
        await decision.run();
      } catch (error) {
        if (signal.aborted) return;
        if (hasCode(error, 'signed_out')) await this.#keep(request, signal);
        else if (hasCode(error, 'network', 'busy', 'slow_down', 'internal')) {
          stage.show(failureView(error, () => this.#look(request, changed)));
        } else this.#showProblem(error);
      }
    });
  }

  async #keep(request: Request, signal: AbortSignal): Promise<void> {
    this.#session = undefined;
    const { scanned, openedBy } = request;
    if ('hold' in scanned) return this.#showLogin(request);
    const { hold } = await takeHold(this.#page.connection, scanned.scan, signal);
    const held = { scanned: { hold }, openedBy };
    keepRequest(held);
    this.#showLogin(held);
  }

  #showLogin(pending?: Request): void {
    this.#session = undefined;
    const { stage, connection } = this.#page;
    const device = describeDevice(navigator.userAgent);
    const view = views.loginView(pending && this.#home, async (account, password) => {
      try {
        const answer = await signIn(connection, { account, password, device });
        this.#mayApprove = answer.may_approve;
        this.#session = await Session.begin(connection, this.#store, CLIENT_ID, answer);
      } catch (error) {
        return sentence(error);
      }
      if (pending) this.#look(pending);
      else this.#home();
      return undefined;
    });
    stage.show(view.root, { focus: view.first });
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

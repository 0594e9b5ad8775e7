/** Leads the sign-in page through a login, from the code to the end of the session. */

import {
  type CreatedLogin,
  cancelLogin,
  checkLogin,
  collectLogin,
  createLogin,
  hasCode,
  type LoginState,
  Rotation,
  Session,
  type SessionStore,
  type StateAnswer,
  type WaitAnswer,
  watchLogin,
} from '@countersign/browser';
import { describeDevice } from '../device.ts';
import { failureView, sentence } from '../failure.ts';
import type { Page } from '../page.ts';
import { patiently } from '../patience.ts';
import { loadingView } from '../stage.ts';
import { t } from '../texts.ts';
import { Deadline } from '../time.ts';
import type { CodeView } from './qr.ts';
import * as views from './views.ts';

const CLIENT_ID = 'demo';

/** A login that is under way on this page. */
interface Running {
  login: CreatedLogin;
  rotation: Rotation;
  deadline: Deadline;
  signal: AbortSignal;
  state: LoginState | undefined;
  version: number;
  code: CodeView | undefined;
  wrongCodes: boolean;
  askAgain: () => void;
}

export class SignIn {
  readonly #page: Page;
  readonly #store: SessionStore;
  #current = new AbortController();

  constructor(page: Page) {
    this.#page = page;
    this.#store = page.storage.sessions('desktop');
  }

  /** Shows the session that this browser keeps, or a new code. */
  async start(): Promise<void> {
    this.#page.stage.show(loadingView());
    const session = await Session.resume(this.#page.connection, this.#store);
    if (session) await this.#showSession(session);
    else await this.newLogin();
  }

  /** Begins anew: whatever ran on this page is over. */
  newLogin = (): Promise<void> =>
    this.#run(async signal => {
      const { stage, connection } = this.#page;
      stage.show(loadingView());
      const device = describeDevice(navigator.userAgent);
      const login = await patiently(stage, signal, () =>
        createLogin(connection, { clientId: CLIENT_ID, device }, signal),
      );
      const running: Running = {
        login,
        rotation: new Rotation(login),
        deadline: new Deadline(login.expires_in),
        signal,
        state: undefined,
        version: -1,
        code: undefined,
        wrongCodes: false,
        askAgain: () => undefined,
      };
      this.#enter(running, 'waiting');
      await this.#follow(running);
    });

  /** Runs one thing at a time, and shows what stops it. */
  async #run(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.#current.abort();
    this.#current = new AbortController();
    const { signal } = this.#current;
    try {
      await work(signal);
    } catch (error) {
      if (signal.aborted) return;
      this.#page.stage.trouble(undefined);
      this.#page.stage.show(failureView(error, this.newLogin));
    }
  }

  async #follow(running: Running): Promise<void> {
    const { stage, connection } = this.#page;
    const watch = watchLogin(connection, running.login, running.signal);
    running.askAgain = () => watch.poke();
    this.#minding(running);
    try {
      for await (const event of watch) {
        if (event.type === 'state') {
          stage.trouble(undefined);
          this.#take(running, event.answer);
          if (isGranted(running)) break;
        } else if (event.retryIn >= 1) {
          stage.trouble(event.code, event.retryIn);
        }
      }
      if (isGranted(running)) await this.#collect(running);
    } catch (error) {
      if (!hasCode(error, 'unknown_login', 'expired_token', 'access_denied')) throw error;
      // The server forgets a login some time after its end: for this page that is the same.
      this.#enter(running, error.code === 'access_denied' ? 'denied' : 'expired');
    }
  }

  /** Timers stand still in sleep, and a page may vanish: asks anew, or takes the login back. */
  #minding(running: Running): void {
    const { signal } = running;
    const awake = () => {
      if (document.hidden) return;
      running.askAgain();
      this.#draw(running);
    };
    document.addEventListener('visibilitychange', awake, { signal });
    window.addEventListener('pageshow', awake, { signal });
    window.addEventListener('online', awake, { signal });
    window.addEventListener(
      'pagehide',
      event => {
        const open = ['waiting', 'scanned', 'checking'].includes(running.state ?? '');
        if (event.persisted || !open) return;
        cancelLogin(this.#page.connection, running.login, { keepalive: true }).catch(
          () => undefined, // nobody is left to be told
        );
      },
      { signal },
    );
  }

  /** Takes an answer in, whoever brought it; an older one than known changes nothing. */
  #take(running: Running, answer: WaitAnswer | StateAnswer): void {
    if (running.signal.aborted || answer.version < running.version) return;
    running.version = answer.version;
    if (answer.expires_in !== undefined) running.deadline = new Deadline(answer.expires_in);
    if ('rotation_step' in answer) running.rotation.update(answer);
    if (answer.state === running.state) this.#draw(running);
    else this.#enter(running, answer.state);
  }

  #enter(running: Running, state: LoginState): void {
    running.state = state;
    const { stage, host } = this.#page;
    const deadline = () => running.deadline;
    const cancel = () => this.#cancel(running);
    switch (state) {
      case 'waiting': {
        const view = views.waitingView(host, deadline, cancel);
        running.code = view.code;
        stage.show(view.root, { announce: t('waiting.announce') });
        this.#draw(running);
        return;
      }
      case 'scanned':
        stage.show(views.scannedView(deadline, cancel));
        return;
      case 'checking':
        this.#showChecking(running);
        return;
      case 'confirmed':
      case 'collected':
        stage.show(views.confirmedView());
        return;
      default:
        this.#showEnd(running, state);
    }
  }

  /** Draws the code that holds now, and again when it turns. Hidden pages rest. */
  async #draw(running: Running): Promise<void> {
    const { code, rotation } = running;
    if (!code || document.hidden || running.state !== 'waiting') return;
    const link = await rotation.url();
    if (running.signal.aborted || running.state !== 'waiting') return;
    code.draw(link);
    this.#redraw.set(code, rotation.turnsIn, () => this.#draw(running));
  }

  readonly #redraw = new OneTimer<CodeView>();

  #showChecking(running: Running): void {
    const cancel = () => this.#cancel(running);
    const check = (code: string) => this.#check(running, view, code);
    const view = views.checkingView(() => running.deadline, check, cancel);
    this.#page.stage.show(view.root, { focus: view.input.field });
  }

  async #check(
    running: Running,
    view: ReturnType<typeof views.checkingView>,
    code: string,
  ): Promise<void> {
    view.input.busy = true;
    view.tell(t('checking.busy'));
    try {
      const { connection } = this.#page;
      this.#take(running, await checkLogin(connection, running.login, code, running.signal));
      running.askAgain();
    } catch (error) {
      if (running.signal.aborted) return;
      if (hasCode(error, 'login_ended', 'not_ready', 'unknown_login')) running.askAgain();
      const left = hasCode(error, 'wrong_code') ? error.triesLeft : undefined;
      running.wrongCodes = left === 0;
      view.tell(left === undefined ? sentence(error) : triesLeft(left), true);
      view.input.busy = false;
      view.input.clear();
      if (left === 0) running.askAgain();
    }
  }

  async #collect(running: Running): Promise<void> {
    const { connection } = this.#page;
    const tokens = await collectLogin(connection, running.login, CLIENT_ID, running.signal);
    const session = await Session.begin(connection, this.#store, CLIENT_ID, tokens);
    await this.#showSession(session);
  }

  async #cancel(running: Running): Promise<void> {
    try {
      this.#take(running, await cancelLogin(this.#page.connection, running.login));
    } catch (error) {
      // Over already, or out of reach: the watch knows better, and goes on trying.
      running.askAgain();
      if (!hasCode(error, 'login_ended', 'unknown_login'))
        this.#page.stage.announce(sentence(error));
    }
  }

  #showEnd(running: Running, state: LoginState): void {
    const { stage } = this.#page;
    if (state === 'expired' && running.code) {
      stage.show(views.expiredView(running.code, this.newLogin));
      return;
    }
    const ends = {
      denied: { icon: 'stop', tone: 'bad', text: running.wrongCodes ? 'deniedCode' : 'denied' },
      cancelled: { icon: 'cross', tone: '', text: 'cancelled' },
      expired: { icon: 'clock', tone: '', text: 'expired' },
    } as const;
    const end = ends[state as keyof typeof ends];
    const title = `${state as keyof typeof ends}.title` as const;
    const words = { title, text: `${end.text}.text`, action: 'action.newCode' } as const;
    stage.show(views.endView(end, words, this.newLogin));
  }

  #showSession(session: Session): Promise<void> {
    return this.#run(async signal => {
      const { stage } = this.#page;
      const signOut = () => this.#signOut(session);
      try {
        const me = await patiently(stage, signal, () => session.me(signal));
        stage.show(views.signedInView(me, signOut));
      } catch (error) {
        if (!hasCode(error, 'signed_out')) throw error;
        const words = {
          title: 'ended.title',
          text: 'ended.text',
          action: 'signedOut.again',
        } as const;
        stage.show(views.endView({ icon: 'person' }, words, this.newLogin));
      }
    });
  }

  async #signOut(session: Session): Promise<void> {
    const told = await session.signOut();
    const text = told ? 'signedOut.text' : 'signedOut.local';
    const words = { title: 'signedOut.title', text, action: 'signedOut.again' } as const;
    this.#page.stage.show(views.endView({ icon: 'check' }, words, this.newLogin));
  }
}

/** One timer per owner: setting it again replaces it. */
class OneTimer<K extends object> {
  readonly #timers = new WeakMap<K, ReturnType<typeof setTimeout>>();

  set(owner: K, milliseconds: number | undefined, act: () => void): void {
    clearTimeout(this.#timers.get(owner));
    if (milliseconds !== undefined) this.#timers.set(owner, setTimeout(act, milliseconds));
  }
}

/** Also `collected`: when the answer was lost, the same key gets the same grant once more. */
function isGranted({ state }: Running): boolean {
  return state === 'confirmed' || state === 'collected';
}

function triesLeft(left: number): string {
  if (left === 0) return t('deniedCode.text');
  return left === 1 ? t('checking.wrongOne') : t('checking.wrongMany', { tries: left });
}

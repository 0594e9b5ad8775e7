/** One login on this page, from its code to the cookie or to another end. Knows no other way in. */

import {
  type CreatedLogin,
  cancelLogin,
  checkLogin,
  collectSession,
  createLogin,
  currentSession,
  hasCode,
  type LoginState,
  onWakeUp,
  Rotation,
  type StateAnswer,
  type WaitAnswer,
  watchLogin,
} from '@countersign/browser';
import { describeDevice } from '../device.ts';
import { sentence } from '../failure.ts';
import type { Page } from '../page.ts';
import type { PasskeyWay } from '../passkey-way.ts';
import { patiently } from '../patience.ts';
import { t } from '../texts.ts';
import { Deadline } from '../time.ts';
import type { CodeView } from './qr.ts';
import * as views from './views.ts';
import type { Ways } from './ways.ts';

/** The server's own pages: what a login brings is in a cookie. */
const CLIENT_ID = 'countersign';

/** Seconds after which a code is taken for dead though nobody could be asked. */
const LATE = 3;

/** What leads away from a login. */
export interface Offer {
  ways: Ways;
  /** The way in by passkey, where there is one. */
  passkey: PasskeyWay | undefined;
  again: () => unknown;
  /** For who is signed in: the phone is to allow a passkey here, and whose it has to be. */
  adding?: { for: string | undefined; leave: () => unknown };
}

/** A login that was created: what is known of it. */
interface Running {
  login: CreatedLogin;
  /** Aborted when somebody left it: then nothing of it is shown any more. */
  signal: AbortSignal;
  rotation: Rotation;
  deadline: Deadline;
  state: LoginState | undefined;
  version: number;
}

export class Login {
  readonly #page: Page;
  readonly #offer: Offer;
  #code: CodeView | undefined;
  #wrongCodes = false;
  /** The deadline passed and nobody could be asked: shown as over until an answer comes. */
  #late = false;
  #askAgain: () => void = () => undefined;
  #turn: ReturnType<typeof setTimeout> | undefined;
  #end: ReturnType<typeof setTimeout> | undefined;

  constructor(page: Page, offer: Offer) {
    this.#page = page;
    this.#offer = offer;
  }

  /** Runs it to its end; true when somebody is signed in. An abort takes the login back. */
  async run(signal: AbortSignal): Promise<boolean> {
    const { stage, connection } = this.#page;
    const { adding } = this.#offer;
    stage.show(views.startingView(this.#offer));
    const device = describeDevice(navigator.userAgent);
    const act = adding && { act: 'add_passkey' as const, loginHint: adding.for };
    const login = await patiently(stage, signal, () =>
      createLogin(connection, { clientId: CLIENT_ID, device, ...act }, signal),
    );
    const running: Running = {
      login,
      signal,
      rotation: new Rotation(login),
      deadline: new Deadline(login.expires_in),
      state: undefined,
      version: -1,
    };
    signal.addEventListener('abort', () => this.#takeBack(running), { once: true });
    this.#enter(running, 'waiting');
    this.#expect(running);
    try {
      return await this.#follow(running);
    } finally {
      clearTimeout(this.#turn);
      clearTimeout(this.#end);
    }
  }

  async #follow(running: Running): Promise<boolean> {
    const { stage, connection } = this.#page;
    const { signal } = running;
    const watch = watchLogin(connection, running.login, signal);
    this.#askAgain = () => watch.poke();
    // What was drawn before a sleep may be old: only an answer tells which code holds now.
    onWakeUp({ awake: () => this.#code?.doubt(true) }, signal);
    try {
      for await (const event of watch) {
        if (event.type === 'state') {
          stage.trouble(undefined);
          this.#take(running, event.answer);
          if (isGranted(running)) return await this.#collect(running);
        } else if (event.retryIn >= 1) {
          stage.trouble(event.code, event.retryIn);
        }
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!hasCode(error, 'unknown_login', 'login_ended')) throw error;
      // The server forgets a login some time after its end: for this page that is the same.
      this.#enter(running, error.state ?? 'expired');
    }
    return false;
  }

  async #collect({ login, signal }: Running): Promise<boolean> {
    const { stage, connection } = this.#page;
    try {
      await patiently(stage, signal, () => collectSession(connection, login, signal));
      return true;
    } catch (error) {
      // Too late to collect again: but the lost answer may have brought its cookie.
      if (hasCode(error, 'unknown_login') && (await currentSession(connection, signal)))
        return true;
      throw error;
    }
  }

  /** Takes an answer in, whoever brought it; an older one than known changes nothing. */
  #take(running: Running, answer: WaitAnswer | StateAnswer): void {
    if (running.signal.aborted || answer.version < running.version) return;
    running.version = answer.version;
    if (answer.expires_in !== undefined) running.deadline = new Deadline(answer.expires_in);
    if ('rotation_step' in answer) running.rotation.update(answer);
    if (answer.state !== running.state || this.#late) this.#enter(running, answer.state);
    else this.#draw(running);
    this.#expect(running);
  }

  /** At the deadline the server is asked; if it can't be reached, the code is taken for dead. */
  #expect(running: Running): void {
    clearTimeout(this.#end);
    if (!isOpen(running)) return;
    this.#end = setTimeout(() => {
      this.#askAgain();
      this.#end = setTimeout(() => {
        this.#late = true;
        this.#showEnd('expired');
      }, LATE * 1000);
    }, running.deadline.left * 1000);
  }

  #enter(running: Running, state: LoginState): void {
    running.state = state;
    this.#late = false;
    clearTimeout(this.#turn);
    // A phone has taken it up: what the browser asks for here would only be in the way.
    if (state !== 'waiting' && state !== 'expired') this.#offer.passkey?.stop();
    const { stage, host } = this.#page;
    const deadline = () => running.deadline;
    const cancel = () => this.#cancel(running);
    switch (state) {
      case 'waiting': {
        const view = views.waitingView(host, deadline, this.#offer);
        this.#code = view.code;
        const announce = t(this.#offer.adding ? 'adding.announce' : 'byPhone.announce');
        stage.show(view.root, { announce });
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
        this.#showEnd(state);
    }
  }

  /** Draws the code that holds now, and again when it turns. Hidden pages rest. */
  async #draw(running: Running): Promise<void> {
    const code = this.#code;
    clearTimeout(this.#turn);
    if (!code || document.hidden || running.state !== 'waiting') return;
    const { rotation } = running;
    const link = await rotation.url();
    if (running.signal.aborted || running.state !== 'waiting' || code !== this.#code) return;
    code.draw(link);
    code.doubt(false);
    clearTimeout(this.#turn);
    if (rotation.turnsIn !== undefined) {
      this.#turn = setTimeout(() => this.#draw(running), rotation.turnsIn);
    }
  }

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
    const { login, signal } = running;
    view.input.busy = true;
    view.tell(t('checking.busy'));
    try {
      this.#take(running, await checkLogin(this.#page.connection, login, code, signal));
      this.#askAgain();
    } catch (error) {
      if (signal.aborted) return;
      // The watch knows better what became of the login.
      const left = hasCode(error, 'wrong_code') ? error.triesLeft : undefined;
      if (!left) this.#askAgain();
      this.#wrongCodes = left === 0;
      view.tell(left === undefined ? sentence(error) : triesLeft(left), true);
      view.input.busy = false;
      view.input.clear();
    }
  }

  async #cancel(running: Running): Promise<void> {
    try {
      this.#take(running, await cancelLogin(this.#page.connection, running.login));
    } catch (error) {
      // Over already, or out of reach: the watch knows better, and goes on trying.
      this.#askAgain();
      if (!hasCode(error, 'login_ended', 'unknown_login')) {
        this.#page.stage.announce(sentence(error));
      }
    }
  }

  /** Somebody left this login, or the page: nobody shall scan it any more. */
  #takeBack(running: Running): void {
    if (!isOpen(running)) return;
    cancelLogin(this.#page.connection, running.login, { keepalive: true }).catch(
      () => undefined, // nobody is left to be told
    );
  }

  #showEnd(state: LoginState): void {
    const { stage } = this.#page;
    const { again, adding } = this.#offer;
    if (state === 'expired' && this.#code) {
      stage.show(views.expiredView(this.#code, this.#offer));
      return;
    }
    const ends = {
      denied: { icon: 'stop', tone: 'bad', text: this.#wrongCodes ? 'deniedCode' : 'denied' },
      cancelled: { icon: 'cross', tone: '', text: 'cancelled' },
      expired: { icon: 'clock', tone: '', text: 'expired' },
    } as const;
    const end = ends[state as keyof typeof ends];
    const title = `${state as keyof typeof ends}.title` as const;
    const text = adding ? 'adding.ended' : (`${end.text}.text` as const);
    const words = { title, text, action: 'action.newCode' } as const;
    stage.show(views.endView(end, words, again, adding?.leave));
  }
}

/** Also `collected`: when the answer was lost, the same key gets the same grant once more. */
function isGranted({ state }: Running): boolean {
  return state === 'confirmed' || state === 'collected';
}

/** Whether a phone could still go on with it. */
function isOpen({ state }: Running): boolean {
  return state === 'waiting' || state === 'scanned' || state === 'checking';
}

function triesLeft(left: number): string {
  if (left === 0) return t('deniedCode.text');
  return left === 1 ? t('checking.wrongOne') : t('checking.wrongMany', { tries: left });
}

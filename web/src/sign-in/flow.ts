/** Leads the sign-in page: which way in is shown, who is signed in, and what other tabs tell. */

import { currentSession, type Me, signInHere, signOutHere } from '@countersign/browser';
import { describeDevice } from '../device.ts';
import { failureView, sentence } from '../failure.ts';
import { untilLater } from '../in-view.ts';
import { meta, type Page } from '../page.ts';
import { type PasskeyDoor, PasskeyWay } from '../passkey-way.ts';
import { passkeysWork } from '../passkeys.ts';
import { patiently } from '../patience.ts';
import { loadingView } from '../stage.ts';
import { t } from '../texts.ts';
import { PasskeyOffer } from './add-passkey.ts';
import { Login } from './login.ts';
import { type Door, passwordView, registerView } from './password.ts';
import { type News, Tabs } from './tabs.ts';
import * as views from './views.ts';
import type { Ways } from './ways.ts';

/** Seconds between two looks at a session that is shown: it may be ended from a phone at any time. */
const LOOK = 25;

export class SignIn {
  readonly #page: Page;
  readonly #tabs: Tabs;
  readonly #ways: Ways;
  #current = new AbortController();
  #shown: Me | undefined;

  constructor(page: Page) {
    this.#page = page;
    this.#tabs = new Tabs(news => this.#hear(news));
    this.#ways = {
      phone: this.#byPhone,
      password: this.#byPassword,
      ...(meta('registration') === 'open' && { register: this.#register }),
    };
    window.addEventListener('pagehide', () => this.#leave());
    window.addEventListener('pageshow', event => {
      if (event.persisted) this.start();
    });
  }

  /** Shows who is signed in here, or a new code. */
  start(): Promise<void> {
    return this.#run(async signal => {
      const { stage, storage } = this.#page;
      stage.show(loadingView());
      // Earlier versions kept tokens. Without them they end at the server by themselves.
      await storage
        .sessions('desktop')
        .clear()
        .catch(() => undefined);
      const me = await this.#ask(signal);
      await (me ? this.#showSession(me) : this.#byPhone());
    });
  }

  readonly #byPhone = (): Promise<void> =>
    this.#run(async signal => {
      const passkey = this.#passkeyWay(signal, 'primary');
      const login = new Login(this.#page, { ways: this.#ways, passkey, again: this.#byPhone });
      if (await login.run(signal)) await this.#enter(signal);
    });

  readonly #byPassword = (): Promise<void> =>
    this.#run(async signal => {
      const view = passwordView(this.#door(signal));
      this.#page.stage.show(view.root, { focus: view.first });
    });

  readonly #register = (): Promise<void> =>
    this.#run(async signal => {
      const view = registerView(this.#door(signal));
      this.#page.stage.show(view.root, { focus: view.first });
    });

  #door(signal: AbortSignal): Door {
    const enter = () => this.#run(entered => this.#enter(entered));
    const passkey = this.#passkeyWay(signal, 'secondary');
    return { connection: this.#page.connection, ways: this.#ways, signal, enter, passkey };
  }

  #passkeyWay(signal: AbortSignal, look: 'primary' | 'secondary'): PasskeyWay | undefined {
    if (!passkeysWork()) return undefined;
    const { connection } = this.#page;
    const enter: PasskeyDoor['enter'] = async (passkey, asked) => {
      await signInHere(connection, { passkey, device: describeDevice(navigator.userAgent) }, asked);
      this.#run(entered => this.#enter(entered));
    };
    return new PasskeyWay({ connection, signal, enter }, 'passkey.hint', look);
  }

  /** A passkey for this computer: a phone approves that, and the same account has to come back. */
  readonly #allowPasskey = (me: Me): Promise<void> =>
    this.#run(async signal => {
      const login = new Login(this.#page, {
        ways: {},
        passkey: undefined,
        again: () => this.#allowPasskey(me),
        adding: { for: me.account.login, leave: () => this.start() },
      });
      if (!(await login.run(signal))) return;
      this.#tabs.tell('signed-in');
      const now = await this.#ask(signal);
      if (!now) this.#page.stage.show(views.forgetfulView(() => this.start()));
      else await this.#showSession(now, now.account.id === me.account.id ? 'same' : 'other');
    });

  /** Runs one thing at a time, and shows what stops it. */
  async #run(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.#stop();
    const { signal } = this.#current;
    try {
      await work(signal);
    } catch (error) {
      if (signal.aborted) return;
      this.#page.stage.show(failureView(error, () => this.start()));
    }
  }

  /** Whatever ran on this page is over, and so is what it said. */
  #stop(): void {
    this.#current.abort();
    this.#current = new AbortController();
    this.#shown = undefined;
    this.#page.stage.trouble(undefined);
  }

  #ask(signal: AbortSignal): Promise<Me | undefined> {
    const { stage, connection } = this.#page;
    return patiently(stage, signal, () => currentSession(connection, signal));
  }

  /** The server has let somebody in: who? */
  async #enter(signal: AbortSignal): Promise<void> {
    this.#tabs.tell('signed-in');
    const me = await this.#ask(signal);
    // Let in and yet unknown: the browser did not keep the cookie.
    if (me) await this.#showSession(me);
    else this.#page.stage.show(views.forgetfulView(() => this.start()));
  }

  /** Shows who is signed in for as long as it is so; `came` tells whose phone approved a passkey here. */
  #showSession(me: Me, came?: 'same' | 'other'): Promise<void> {
    return this.#run(async signal => {
      const { stage, connection } = this.#page;
      const allow = () => this.#allowPasskey(me);
      for (let now: Me | undefined = me; now; now = await this.#ask(signal)) {
        if (now.grant.id !== this.#shown?.grant.id) {
          const offer = new PasskeyOffer({ connection, me: now, allow, came });
          const view = views.signedInView(now, tell => this.#signOut(tell), offer);
          stage.show(view, { focus: offer.first });
        }
        this.#shown = now;
        await untilLater(LOOK, signal);
        signal.throwIfAborted();
      }
      this.#showEnd('ended');
    });
  }

  async #signOut(tell: (text: string) => void): Promise<void> {
    try {
      await signOutHere(this.#page.connection);
    } catch (error) {
      tell(`${t('signedIn.still')} ${sentence(error)}`);
      return;
    }
    this.#tabs.tell('signed-out');
    this.#showEnd('signedOut');
  }

  #showEnd(how: 'ended' | 'signedOut'): void {
    this.#stop();
    const words = {
      title: `${how}.title`,
      text: `${how}.text`,
      action: 'signedOut.again',
    } as const;
    this.#page.stage.show(views.endView({ icon: 'person' }, words, this.#byPhone));
  }

  /** Another tab signed in or out. What it says is only a reason to ask. */
  async #hear(news: News): Promise<void> {
    const { signal } = this.#current;
    try {
      const me = await this.#ask(signal);
      signal.throwIfAborted();
      if (me && me.grant.id !== this.#shown?.grant.id) await this.#showSession(me);
      else if (!me && this.#shown) this.#showEnd(news === 'signed-out' ? 'signedOut' : 'ended');
    } catch (error) {
      if (!signal.aborted) this.#page.stage.show(failureView(error, () => this.start()));
    }
  }

  /** The page goes. If it comes back out of the browser's cache, it must not show what was. */
  #leave(): void {
    this.#stop();
    this.#page.stage.show(loadingView());
  }
}

/** A stand-in for the server at the wire: one login, one account, one cookie, and what goes wrong. */

import { connect, generateDeviceKey, type LoginState, type Me } from '@countersign/browser';
import type { Page } from '../src/page.ts';
import { Stage } from '../src/stage.ts';

export interface Asked {
  what: string;
  json: Record<string, unknown>;
  headers: Headers;
  init: RequestInit;
}

type Answer = Response | Error;

const LOGIN_ID = 'AAECAwQFBgcICQoLDA0ODw';
const ROTATION_KEY = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8';
const ME = {
  account: { id: '1', name: 'Anna', login: 'anna' },
  device: { id: '2', name: 'Firefox on Linux', kind: 'browser' },
  grant: { id: 'g1', how: 'scan', signed_in_at: 0, expires_at: 28_800 },
} as Me;

export class Wire {
  readonly asked: Asked[] = [];
  /** What is answered instead of the usual, once each, by method and path. */
  readonly instead = new Map<string, Answer[]>();
  /** Whose cookie this browser has; the number of the grant rises with each sign-in. */
  signedIn: Me | undefined;
  offline = false;
  lifetime = 300;
  /** Whose phone approves, and what it allows. */
  collected: [Partial<Me['account']>?, Partial<Me['grant']>?] = [];
  #grants = 0;
  #state: LoginState = 'waiting';
  #version = 1;
  #waits: (() => void)[] = [];

  /** The page's own view of the browser. */
  async page(clear: () => Promise<void> = () => Promise.resolve()): Promise<Page> {
    const key = await generateDeviceKey();
    const connection = connect({
      issuer: 'https://login.example',
      key,
      cookies: true,
      fetch: (input, init) => this.#take(String(input), init ?? {}),
    });
    const store = { name: '', load: async () => undefined, save: async () => undefined, clear };
    const storage = { deviceKey: async () => key, sessions: () => store };
    return { stage: new Stage(), connection, storage, host: 'login.example' };
  }

  /** Moves the login on, as the phone would. */
  move(state: LoginState): void {
    this.#state = state;
    this.#version += 1;
    for (const tell of this.#waits.splice(0)) tell();
  }

  /** Somebody signs in, by whatever way. */
  signIn(account: Partial<Me['account']> = {}, grant: Partial<Me['grant']> = {}): void {
    this.#grants += 1;
    this.signedIn = {
      ...ME,
      account: { ...ME.account, ...account },
      grant: { ...ME.grant, id: `g${this.#grants}`, ...grant },
    };
  }

  times(what: string): number {
    return this.asked.filter(asked => asked.what === what).length;
  }

  async #take(url: string, init: RequestInit): Promise<Response> {
    const what = `${init.method} ${url.replace('https://login.example', '')}`;
    const body = typeof init.body === 'string' ? JSON.parse(init.body) : {};
    this.asked.push({ what, json: body, headers: new Headers(init.headers), init });
    if (this.offline) throw new TypeError('failed to fetch');
    const instead = this.instead.get(what)?.shift();
    if (instead instanceof Error) throw instead;
    return instead ?? this.#usual(what, body, init.signal ?? undefined);
  }

  async #usual(what: string, body: Record<string, unknown>, signal?: AbortSignal) {
    switch (what.replace(LOGIN_ID, 'L')) {
      case 'GET /v1/me':
        return this.signedIn ? json(this.signedIn) : problem(401, 'invalid_token');
      case 'DELETE /v1/sessions/current':
        this.signedIn = undefined;
        return new Response(null, { status: 204 });
      case 'POST /v1/sessions':
        if (body.passkey) this.signIn({}, { how: 'passkey' });
        else if (body.password !== 'right horse') return problem(401, 'invalid_credentials');
        else this.signIn({}, { how: 'password' });
        return json({ ...ME, role: 'desktop', may_approve: false }, 201);
      case 'POST /v1/passkeys/options':
        return json({ challenge: `sealed ${body.purpose}`, expires_in: 300, options: {} });
      case 'POST /v1/passkeys':
        return json({ id: 'p', name: 'Passkey', created_at: 0, synced: false }, 201);
      case 'POST /v1/accounts':
        return json({}, 202);
      case 'POST /v1/logins':
        return json(this.#create(), 201);
      case 'POST /v1/logins/L/wait':
        if (body.version === this.#version) await this.#held(signal);
        return json(this.#answer());
      case 'POST /v1/logins/L/check':
        if (body.code !== '123456') return problem(422, 'wrong_code', { tries_left: 2 });
        this.move('confirmed');
        return json(this.#answer());
      case 'POST /v1/logins/L/cancel':
        this.move('cancelled');
        return json(this.#answer());
      case 'POST /v1/logins/L/session':
        this.signIn(...this.collected);
        return json(ME);
      default:
        throw new Error(`unexpected request ${what}`);
    }
  }

  #create() {
    this.#state = 'waiting';
    this.#version = 1;
    const scan = {
      url: 'https://login.example/q',
      rotation_key: ROTATION_KEY,
      rotate_seconds: 30,
      rotation_step: 0,
      rotate_in: 30,
    };
    const id = LOGIN_ID;
    return { login_id: id, device_code: 'd', scan, expires_in: this.lifetime, interval: 5 };
  }

  #answer() {
    return { state: this.#state, version: this.#version, expires_in: this.lifetime, interval: 5 };
  }

  #held(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waits.push(resolve);
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  }
}

export function json(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'Content-Type': 'application/json' },
  });
}

export function problem(status: number, code: string, more: object = {}): Response {
  return json({ title: code, status, code, ...more }, status);
}

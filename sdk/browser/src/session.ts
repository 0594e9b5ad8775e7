/** A device that is signed in: its tokens, their renewal and their end. Knows no page. */

import { type Connection, type RequestOptions, send, sendForJson } from './connection.ts';
import { CountersignError, hasCode } from './errors.ts';
import { makeProof } from './proof.ts';
import type { Account, Device, Me, TokenAnswer } from './wire.ts';

/** What is kept of a session. Useless without the device's key. */
export interface StoredSession {
  clientId: string;
  accessToken: string;
  refreshToken: string | undefined;
  account: Account | undefined;
  device: Device | undefined;
}

/** Where a session is kept: one place for one session. */
export interface SessionStore {
  /** Names the place, for the lock that keeps two tabs from renewing at once. */
  readonly name: string;
  load(): Promise<StoredSession | undefined>;
  save(session: StoredSession): Promise<void>;
  clear(): Promise<void>;
}

/** A place that lasts as long as the page. */
export function memoryStore(name = 'memory'): SessionStore {
  let kept: StoredSession | undefined;
  return {
    name,
    load: async () => kept,
    save: async session => {
      kept = session;
    },
    clear: async () => {
      kept = undefined;
    },
  };
}

/** A live session. Renews its access token when the server wants a newer one, never by the clock. */
export class Session {
  readonly connection: Connection;
  readonly #store: SessionStore;
  #current: StoredSession;

  private constructor(connection: Connection, store: SessionStore, current: StoredSession) {
    this.connection = connection;
    this.#store = store;
    this.#current = current;
  }

  /** Takes up a session that was kept, if there is one. Asks nobody whether it still lives. */
  static async resume(connection: Connection, store: SessionStore): Promise<Session | undefined> {
    const kept = await store.load();
    return kept && new Session(connection, store, kept);
  }

  /** Keeps the tokens of a sign-in or a collect. */
  static async begin(
    connection: Connection,
    store: SessionStore,
    clientId: string,
    answer: TokenAnswer,
  ): Promise<Session> {
    const session: StoredSession = {
      clientId,
      accessToken: answer.access_token,
      refreshToken: answer.refresh_token,
      account: answer.account,
      device: answer.device,
    };
    await store.save(session);
    return new Session(connection, store, session);
  }

  /** Who is signed in, as the server said it at the start. */
  get account(): Account | undefined {
    return this.#current.account;
  }

  /** Sends a request with token and proof. Throws `signed_out` when the session is over. */
  async send(method: string, path: string, options: RequestOptions = {}): Promise<Response> {
    const { accessToken } = this.#current;
    try {
      return await send(this.connection, method, path, { ...options, accessToken });
    } catch (error) {
      if (!hasCode(error, 'invalid_token')) throw error;
      await this.#renew(accessToken, options.signal);
      return send(this.connection, method, path, {
        ...options,
        accessToken: this.#current.accessToken,
      });
    }
  }

  /** Like `send`, and reads the answer as JSON. */
  async sendForJson<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
    return (await this.send(method, path, options)).json() as Promise<T>;
  }

  /**
   * Asks a server of the application's own, with token and proof, and renews the token once when that
   * answers 401. Everything else is as with the global `fetch`. Throws `signed_out` when the session is over.
   */
  async fetch(url: string | URL, init: RequestInit = {}): Promise<Response> {
    const { accessToken } = this.#current;
    const answer = await this.#fetchOnce(url, init, accessToken);
    if (answer.status !== 401) return answer;
    await this.#renew(accessToken, init.signal);
    return this.#fetchOnce(url, init, this.#current.accessToken);
  }

  /** `GET /v1/me`: account, device and grant of this session. */
  me(signal?: AbortSignal): Promise<Me> {
    return this.sendForJson('GET', '/v1/me', { signal });
  }

  /**
   * Ends the session here in any case, and at the server if that can be reached and does it.
   * Gives whether the server knows. Throws only when the tokens cannot be cleared here.
   */
  async signOut(): Promise<boolean> {
    try {
      await this.send('DELETE', '/v1/sessions/current');
      return true;
    } catch (error) {
      return hasCode(error, 'signed_out', 'invalid_token');
    } finally {
      await this.#store.clear();
    }
  }

  async #fetchOnce(url: string | URL, init: RequestInit, accessToken: string): Promise<Response> {
    const { key, now, fetch } = this.connection;
    const { origin, pathname } = new URL(url);
    const method = init.method ?? 'GET';
    const headers = new Headers(init.headers);
    headers.set('Authorization', `DPoP ${accessToken}`);
    headers.set('DPoP', await makeProof(key, { method, url: origin + pathname, accessToken }, now));
    return fetch(url, { ...init, headers });
  }

  /** Renews the tokens, once for all tabs: a refresh token changes with each use. */
  async #renew(refused: string, signal: AbortSignal | null | undefined): Promise<void> {
    await exclusively(`countersign ${this.#store.name}`, async () => {
      const kept = await this.#store.load();
      if (!kept) throw new CountersignError('signed_out');
      if (kept.accessToken === refused) await this.#refresh(kept, signal);
      else this.#current = kept;
    });
  }

  async #refresh(kept: StoredSession, signal: AbortSignal | null | undefined): Promise<void> {
    const { refreshToken, clientId } = kept;
    if (!refreshToken) return this.#end();
    const form = {
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      client_id: clientId,
    };
    try {
      const answer = await sendForJson<TokenAnswer>(this.connection, 'POST', '/oauth/token', {
        form,
        proof: true,
        signal: signal ?? undefined,
      });
      this.#current = {
        ...kept,
        accessToken: answer.access_token,
        refreshToken: answer.refresh_token ?? refreshToken,
      };
      await this.#store.save(this.#current);
    } catch (error) {
      if (!hasCode(error, 'invalid_grant', 'invalid_client')) throw error;
      return this.#end(error);
    }
  }

  async #end(cause?: unknown): Promise<never> {
    await this.#store.clear();
    throw new CountersignError('signed_out', { cause });
  }
}

/** Runs something while no other tab does. Without the lock API the server's own tolerance serves. */
async function exclusively<T>(name: string, work: () => Promise<T>): Promise<T> {
  const locks = globalThis.navigator?.locks;
  return locks ? await locks.request(name, work) : work();
}

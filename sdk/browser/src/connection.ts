/**
 * One request to the server: its proof, the nonce retry, and errors as one class.
 * Knows no route and no state.
 */

import { CountersignError, type ErrorCode, hasCode } from './errors.ts';
import type { DeviceKey } from './key.ts';
import { makeProof } from './proof.ts';

/** Who is spoken to, by which key. Made by `connect`. */
export interface Connection {
  readonly issuer: string;
  readonly key: DeviceKey;
  readonly fetch: typeof fetch;
  /** Milliseconds of the wall clock, for a proof's `iat` only. */
  readonly now: () => number;
  /** Whether the server's cookies travel: its own pages keep their session in one. */
  readonly cookies: boolean;
  /** The newest nonce that the server gave (RFC 9449 §8.2). */
  nonce: string | undefined;
}

/** What `connect` takes. */
export interface ConnectOptions {
  /** The server's issuer: an origin, without a trailing slash. */
  issuer: string;
  key: DeviceKey;
  fetch?: typeof fetch;
  now?: () => number;
  /** For the server's own pages only; elsewhere a cookie must neither help nor leak. */
  cookies?: boolean;
}

/** One request, as the routes describe it. */
export interface RequestOptions {
  json?: unknown;
  form?: Record<string, string>;
  /** Sends `Authorization: DPoP` and binds the proof to it. */
  accessToken?: string;
  /** Whether to send a proof. A token always comes with one. */
  proof?: boolean;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
  /** Lets the request outlive the page. */
  keepalive?: boolean;
}

/** Binds an issuer and a device's key together. Sends nothing. */
export function connect(options: ConnectOptions): Connection {
  return {
    issuer: options.issuer.replace(/\/$/, ''),
    key: options.key,
    // Called as a bare function: a `fetch` that is a method of something else would lose its `this`.
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    now: options.now ?? Date.now,
    cookies: options.cookies ?? false,
    nonce: undefined,
  };
}

/**
 * Sends one request and gives its successful answer.
 * Throws `CountersignError` for every refusal, with code `network` when there was no answer at all;
 * an abort is rethrown as it came.
 */
export async function send(
  connection: Connection,
  method: string,
  path: string,
  options: RequestOptions = {},
): Promise<Response> {
  try {
    return await sendOnce(connection, method, path, options);
  } catch (error) {
    // Once only: a server that asks again for the nonce that it just gave would keep us here.
    if (hasCode(error, 'use_dpop_nonce') && connection.nonce) {
      return sendOnce(connection, method, path, options);
    }
    throw error;
  }
}

/** Like `send`, and reads the answer as JSON. */
export async function sendForJson<T>(
  connection: Connection,
  method: string,
  path: string,
  options: RequestOptions = {},
): Promise<T> {
  const response = await send(connection, method, path, options);
  const body = await readJson(response);
  if (body === undefined) throw new CountersignError('bad_answer', { status: response.status });
  return body as T;
}

async function sendOnce(
  connection: Connection,
  method: string,
  path: string,
  options: RequestOptions,
): Promise<Response> {
  const url = connection.issuer + path;
  const headers = new Headers({ Accept: 'application/json', ...options.headers });
  if (options.accessToken) headers.set('Authorization', `DPoP ${options.accessToken}`);
  if (options.proof || options.accessToken) {
    const { accessToken } = options;
    const [bare = url] = url.split('?'); // a proof names no query (RFC 9449 §4.2)
    const of = { method, url: bare, accessToken, nonce: connection.nonce };
    headers.set('DPoP', await makeProof(connection.key, of, connection.now));
  }
  const init: RequestInit = {
    method,
    headers,
    credentials: connection.cookies ? 'same-origin' : 'omit',
    cache: 'no-store',
    redirect: 'error',
    referrerPolicy: 'no-referrer',
    signal: options.signal ?? null,
    keepalive: options.keepalive ?? false,
  };
  if (options.json !== undefined) {
    headers.set('Content-Type', 'application/json');
    init.body = JSON.stringify(options.json);
  } else if (options.form) {
    init.body = new URLSearchParams(options.form);
  }
  const response = await reach(connection, url, init);
  connection.nonce = response.headers.get('DPoP-Nonce') ?? connection.nonce;
  if (!response.ok) throw await refusal(response);
  return response;
}

async function reach(connection: Connection, url: string, init: RequestInit): Promise<Response> {
  try {
    return await connection.fetch(url, init);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new CountersignError('network', { cause: error });
  }
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error instanceof DOMException ? error : new CountersignError('network', { cause: error });
  }
}

/** Reads problem+json (RFC 9457) or an OAuth error (RFC 6749 §5.2) into the error class. */
async function refusal(response: Response): Promise<CountersignError> {
  const body = ((await readJson(response)) ?? {}) as Record<string, unknown>;
  const text = (name: string) => (typeof body[name] === 'string' ? body[name] : undefined);
  const number = (name: string) => (typeof body[name] === 'number' ? body[name] : undefined);
  const code = text('code') ?? text('error') ?? fallbackCode(response.status);
  const details = {
    status: response.status,
    detail: text('detail') ?? text('error_description'),
    requestId: text('request_id'),
    retryAfter: number('retry_after') ?? retryAfterHeader(response),
    triesLeft: number('tries_left'),
    state: text('state'),
    approvesIn: number('approves_in'),
    [code === 'not_allowed_here' ? 'notAllowed' : 'reason']: text('reason'),
    hasPasskey: typeof body.has_passkey === 'boolean' ? body.has_passkey : undefined,
  };
  const known = Object.entries(details).filter(([, value]) => value !== undefined);
  return new CountersignError(code as ErrorCode, Object.fromEntries(known));
}

function retryAfterHeader(response: Response): number | undefined {
  const seconds = Number.parseInt(response.headers.get('Retry-After') ?? '', 10);
  return Number.isNaN(seconds) ? undefined : seconds;
}

/** For answers by whatever stands between: a proxy speaks no problem+json. */
function fallbackCode(status: number): ErrorCode {
  if (status === 429) return 'slow_down';
  return status === 502 || status === 503 || status === 504 ? 'busy' : 'bad_answer';
}

/** The desktop's side of a login: create, watch, check, cancel, collect. Knows no page. */

import { type Connection, send, sendForJson } from './connection.ts';
import { CountersignError, hasCode } from './errors.ts';
import { Watch } from './watch.ts';
import type {
  Act,
  CookieAnswer,
  CreatedLogin,
  DeviceClaim,
  StateAnswer,
  TokenAnswer,
  WaitAnswer,
} from './wire.ts';

const DEVICE_CODE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

/** Pauses in seconds before a lost collect is tried again; the same key may, for 10 s. */
const COLLECT_PAUSES = [0.5, 1, 2, 4];

/** What a desktop asks for. */
export interface LoginRequest {
  clientId: string;
  /** Space-separated; left out, the client's own default. */
  scope?: string;
  device: DeviceClaim;
  /** `false`: a code that stands still (for paper or slow cameras); it always asks for a check code. */
  rotate?: boolean;
  /** Asks for more than the sign-in: for the server's own pages, always by a phone's passkey. */
  act?: Act;
  /** Whose approval is expected, by login name: another account's phone is refused. */
  loginHint?: string | undefined;
  /** What the person was told beforehand and typed here; it must be typed on the phone too. Show it nowhere. */
  phrase?: string | undefined;
}

/** Starts a login bound to this device's key, which is named and proved at once. */
export function createLogin(
  connection: Connection,
  request: LoginRequest,
  signal?: AbortSignal,
): Promise<CreatedLogin> {
  const json = {
    client_id: request.clientId,
    dpop_jkt: connection.key.thumbprint,
    device: request.device,
    ...(request.scope !== undefined && { scope: request.scope }),
    ...(request.rotate !== undefined && { rotate: request.rotate }),
    ...(request.act !== undefined && { act: request.act }),
    ...(request.loginHint !== undefined && { login_hint: request.loginHint }),
    ...(request.phrase !== undefined && { phrase: request.phrase }),
  };
  return sendForJson(connection, 'POST', '/v1/logins', { json, proof: true, signal });
}

/** Follows a login to its end. */
export function watchLogin(
  connection: Connection,
  login: CreatedLogin,
  signal?: AbortSignal,
): Watch<WaitAnswer> {
  return new Watch<WaitAnswer>(
    request =>
      send(connection, 'POST', loginPath(login, 'wait'), {
        json: { device_code: login.device_code, version: request.version },
        headers: request.headers,
        signal: request.signal,
      }),
    // Nobody can scan a code that nobody sees; from then on it takes an answer to what the phone does.
    { signal, mayRest: answer => answer.state === 'waiting' },
  );
}

/** Sends the check code that the phone shows. Throws `wrong_code` with `triesLeft`. */
export function checkLogin(
  connection: Connection,
  login: CreatedLogin,
  code: string,
  signal?: AbortSignal,
): Promise<StateAnswer> {
  const json = { device_code: login.device_code, code };
  return sendForJson(connection, 'POST', loginPath(login, 'check'), { json, proof: true, signal });
}

/** Ends a login. With `keepalive` also while the page goes away. */
export function cancelLogin(
  connection: Connection,
  login: CreatedLogin,
  options: { signal?: AbortSignal; keepalive?: boolean } = {},
): Promise<StateAnswer> {
  const json = { device_code: login.device_code };
  return sendForJson(connection, 'POST', loginPath(login, 'cancel'), { json, ...options });
}

/**
 * Takes the tokens of a confirmed login. A lost answer is asked for again: the same key may, for a
 * short while, and gets the same grant.
 */
export function collectLogin(
  connection: Connection,
  login: CreatedLogin,
  clientId: string,
  signal?: AbortSignal,
): Promise<TokenAnswer> {
  const form = {
    grant_type: DEVICE_CODE_GRANT,
    device_code: login.device_code,
    client_id: clientId,
  };
  return persistently(
    () => sendForJson(connection, 'POST', '/oauth/token', { form, proof: true, signal }),
    signal,
  );
}

/**
 * Like `collectLogin`, for a login of the server's own pages: what it brings is in a cookie, and no
 * token reaches the page. The connection has to carry cookies from the login's creation on.
 */
export function collectSession(
  connection: Connection,
  login: CreatedLogin,
  signal?: AbortSignal,
): Promise<CookieAnswer> {
  const json = { device_code: login.device_code };
  const path = loginPath(login, 'session');
  return persistently(
    () => sendForJson(connection, 'POST', path, { json, proof: true, signal }),
    signal,
  );
}

async function persistently<T>(ask: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  for (const pause of COLLECT_PAUSES) {
    try {
      return await ask();
    } catch (error) {
      signal?.throwIfAborted();
      if (!hasCode(error, 'network', 'busy')) throw error;
      await new Promise(resolve => setTimeout(resolve, pause * 1000));
    }
  }
  throw new CountersignError('network');
}

function loginPath(login: CreatedLogin, action: string): string {
  return `/v1/logins/${login.login_id}/${action}`;
}

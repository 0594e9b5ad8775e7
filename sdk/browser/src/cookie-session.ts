/**
 * The session that this browser has with the server's own pages. It is in a cookie that no script can
 * read, and bound to the device's key: who has the cookie alone can only look. Needs a connection that
 * carries cookies.
 */

import { type Connection, send, sendForJson } from './connection.ts';
import { hasCode } from './errors.ts';
import type { Credentials } from './phone.ts';
import type { CookieAnswer, DeviceClaim, Me } from './wire.ts';

/** A sign-in on the sign-in page, by password or passkey. */
export type SignInHere = Credentials & { device: DeviceClaim };

/** Signs this browser in as a desktop: it may not approve. */
export function signInHere(
  connection: Connection,
  request: SignInHere,
  signal?: AbortSignal,
): Promise<CookieAnswer> {
  const json = { ...request, role: 'desktop' };
  return sendForJson(connection, 'POST', '/v1/sessions', { json, proof: true, signal });
}

/** Who is signed in here, as the server knows it now; `undefined` when nobody is. */
export async function currentSession(
  connection: Connection,
  signal?: AbortSignal,
): Promise<Me | undefined> {
  try {
    return await sendForJson(connection, 'GET', '/v1/me', { proof: true, signal });
  } catch (error) {
    if (hasCode(error, 'invalid_token')) return undefined;
    throw error;
  }
}

/** Ends the session. One that is over already is no error; one that could not be ended is. */
export async function signOutHere(connection: Connection): Promise<void> {
  try {
    await send(connection, 'DELETE', '/v1/sessions/current', { proof: true });
  } catch (error) {
    if (!hasCode(error, 'invalid_token')) throw error;
  }
}

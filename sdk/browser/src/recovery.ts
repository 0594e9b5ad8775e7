/**
 * Ways back: recovery codes, the recovery that begins with one and the wait that follows, and the undo link of a
 * notice. Knows no page.
 */

import { type Connection, sendForJson } from './connection.ts';
import type { Session } from './session.ts';
import type {
  DeviceClaim,
  EndedAnswer,
  Me,
  Recovery,
  RecoveryCodes,
  SessionAnswer,
} from './wire.ts';

/** How many codes are left, and how long a recovery takes here. */
export function recoveryCodes(session: Session, signal?: AbortSignal): Promise<Recovery> {
  return session.sendForJson('GET', '/v1/recovery', { signal });
}

/** Makes new codes; the old ones are void from then on. The answer is the only time that they are told. Sensitive. */
export function makeRecoveryCodes(session: Session): Promise<RecoveryCodes> {
  return session.sendForJson('POST', '/v1/recovery/codes', { json: {} });
}

/** A recovery code, and whose it is. */
export interface RecoveryRequest {
  account: string;
  code: string;
  device: DeviceClaim;
}

/**
 * Signs this phone in by a recovery code, which is used up. It has to wait before it may approve, and the account's
 * other devices are told. On the server's own pages only. Throws `invalid_credentials`.
 */
export function recover(
  connection: Connection,
  request: RecoveryRequest,
  signal?: AbortSignal,
): Promise<SessionAnswer> {
  return sendForJson(connection, 'POST', '/v1/recovery', { json: request, proof: true, signal });
}

/** How things stand with a phone that has to wait. */
export interface Waiting {
  me: Me;
  /** Seconds until it may approve by itself; missing where it need not wait, or the server does not tell the time. */
  seconds?: number;
}

/** Asks how long this phone has to wait yet. Both points in time are the server's: the device's clock has no say. */
export async function waitLeft(session: Session, signal?: AbortSignal): Promise<Waiting> {
  const answer = await session.send('GET', '/v1/me', { signal });
  const me: Me = await answer.json();
  const now = Date.parse(answer.headers.get('Date') ?? '') / 1000;
  const { may_approve, approves_at } = me.grant;
  if (may_approve || approves_at === undefined || Number.isNaN(now)) return { me };
  return { me, seconds: Math.max(0, approves_at - now) };
}

/** Takes back the sign-in that an undo link names, with all that it made. Throws `undo_invalid`. */
export function undoByLink(
  connection: Connection,
  undo: string,
  signal?: AbortSignal,
): Promise<EndedAnswer> {
  return sendForJson(connection, 'POST', '/v1/undo', { json: { undo }, signal });
}

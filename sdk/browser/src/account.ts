/**
 * What an account's owner does from a phone: devices, sign-ins, password, activity. Passkeys and recovery codes
 * are files of their own. Sensitive acts throw `verification_required` until `verify` was done within the last minutes.
 */

import { type Connection, send } from './connection.ts';
import type { PasskeyProof } from './passkeys.ts';
import type { Session } from './session.ts';
import type { Activity, Devices, EndedAnswer, KnownDevice } from './wire.ts';

/** What a new account needs. */
export interface Registration {
  account: string;
  password: string;
  /** What to call the person. */
  name?: string;
}

/**
 * Asks for an account, where the server takes new ones. Never tells whether the name was free: sign
 * in afterwards. Throws `registration_closed`, `name_rejected` or `password_rejected`.
 */
export async function register(
  connection: Connection,
  registration: Registration,
  signal?: AbortSignal,
): Promise<void> {
  await send(connection, 'POST', '/v1/accounts', { json: registration, signal });
}

/** What tells that it is the owner who holds this device. */
export type Verification = { password: string } | { passkey: PasskeyProof };

/** Gives the password or a passkey once more on this device, for the sensitive acts of the next minutes. */
export function verify(
  session: Session,
  verification: Verification,
  signal?: AbortSignal,
): Promise<{ verified_for: number }> {
  return session.sendForJson('POST', '/v1/sessions/current/verify', { json: verification, signal });
}

/** The account's devices. */
export function listDevices(session: Session, signal?: AbortSignal): Promise<Devices> {
  return session.sendForJson('GET', '/v1/devices', { signal });
}

/** Gives a device a name, or with `null` takes it back. */
export function renameDevice(
  session: Session,
  id: string,
  name: string | null,
): Promise<KnownDevice> {
  return session.sendForJson('PATCH', `/v1/devices/${encodeURIComponent(id)}`, { json: { name } });
}

/** Ends all sign-ins of a device. Sensitive when it is another phone that may approve. */
export async function signOutDevice(session: Session, id: string): Promise<void> {
  await session.send('DELETE', `/v1/devices/${encodeURIComponent(id)}`);
}

/**
 * Says that a device is lost: ends all that it holds, all that it made, and every sign-in that it approved.
 * Doing it again ends nothing more. Sensitive when it is another phone that may approve.
 */
export function loseDevice(session: Session, id: string): Promise<EndedAnswer> {
  const path = `/v1/devices/${encodeURIComponent(id)}/lost`;
  return session.sendForJson('POST', path, { json: {} });
}

/** Ends the sign-ins of all other devices, or only of those that may not approve. Sensitive. */
export function signOutOthers(session: Session, only?: 'desktops'): Promise<EndedAnswer> {
  const json = only === undefined ? {} : { only };
  return session.sendForJson('POST', '/v1/devices/sign-out-others', { json });
}

/**
 * Takes a sign-in back with what its device made, such as passkeys; of a phone, if wanted, also what that approved.
 * Doing it again ends nothing more. Sensitive when it is another phone that may approve.
 */
export function undo(session: Session, grant: string, approvedToo = false): Promise<EndedAnswer> {
  const path = `/v1/grants/${encodeURIComponent(grant)}/undo`;
  return session.sendForJson('POST', path, { json: approvedToo ? { approved_too: true } : {} });
}

/** Lets a phone that waits approve from now on. Sensitive. */
export async function allowPhone(session: Session, grant: string): Promise<void> {
  await session.send('POST', `/v1/grants/${encodeURIComponent(grant)}/allow`, { json: {} });
}

/** What happened to the account, newest first; `before` goes on where an answer ended. */
export function activity(
  session: Session,
  before?: number,
  signal?: AbortSignal,
): Promise<Activity> {
  const query = before === undefined ? '' : `?before=${before}`;
  return session.sendForJson('GET', `/v1/activity${query}`, { signal });
}

/** Sets a new password; `signOutOthers` ends the other devices' sign-ins. Sensitive. */
export function changePassword(
  session: Session,
  password: string,
  signOutOthers: boolean,
): Promise<EndedAnswer> {
  const json = { password, sign_out_others: signOutOthers };
  return session.sendForJson('PUT', '/v1/password', { json });
}

/** Locks the account and ends all its sign-ins, this one too. Only the operator undoes it. Sensitive. */
export async function lockAccount(session: Session): Promise<void> {
  await session.send('POST', '/v1/account/lock', { json: {} });
}

/** Invitations: a link that gives an account its first phone. Knows no page. */

import { type Connection, sendForJson } from './connection.ts';
import type { NewPasskey } from './passkeys.ts';
import type { DeviceClaim, Invitation, SessionAnswer } from './wire.ts';

/** Tells whose an invitation is, and changes nothing. Throws `invitation_invalid`. */
export function lookAtInvitation(
  connection: Connection,
  invitation: string,
  signal?: AbortSignal,
): Promise<Invitation> {
  const json = { invitation };
  return sendForJson(connection, 'POST', '/v1/invitations/look', { json, proof: true, signal });
}

/** What the account is signed in with from then on: a password of its owner's choice, or a passkey. */
export type NewCredential = { password: string } | { passkey: NewPasskey };

/** An invitation that is taken up by this device. */
export type Acceptance = NewCredential & { invitation: string; device: DeviceClaim };

/**
 * Takes an invitation up: this device becomes the account's phone and may approve at once; whatever else was signed
 * in to the account is ended. On the server's own pages only. Throws `invitation_invalid`, `password_rejected` or
 * `passkey_rejected`.
 */
export function acceptInvitation(
  connection: Connection,
  acceptance: Acceptance,
  signal?: AbortSignal,
): Promise<SessionAnswer> {
  const path = '/v1/invitations/accept';
  return sendForJson(connection, 'POST', path, { json: acceptance, proof: true, signal });
}

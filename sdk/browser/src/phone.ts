/** The phone's side: sign in, scan, decide, follow, and hear of what else signs in. Knows no page and no camera. */

import { type Connection, sendForJson } from './connection.ts';
import type { PasskeyProof } from './passkeys.ts';
import type { Session } from './session.ts';
import { WATCH_LIMITS, Watch } from './watch.ts';
import type {
  Activity,
  ConfirmAnswer,
  DeviceClaim,
  HoldAnswer,
  OpenedBy,
  ScanAnswer,
  ScanWaitAnswer,
  SessionAnswer,
  StateAnswer,
} from './wire.ts';

/** What a person signs in with. A passkey says itself whose it is. */
export type Credentials = { account: string; password: string } | { passkey: PasskeyProof };

/** A sign-in of this device. */
export type SignInRequest = Credentials & {
  device: DeviceClaim;
  /** `phone` may approve, `desktop` may not; `phone` unless said. */
  role?: 'phone' | 'desktop';
};

/** Signs this device in by password or passkey. On the server's own pages only. */
export function signIn(
  connection: Connection,
  request: SignInRequest,
  signal?: AbortSignal,
): Promise<SessionAnswer> {
  return sendForJson(connection, 'POST', '/v1/sessions', { json: request, proof: true, signal });
}

/** Takes a sealed receipt for a scan code, for a phone that first has to sign in. */
export function takeHold(
  connection: Connection,
  scan: string,
  signal?: AbortSignal,
): Promise<HoldAnswer> {
  return sendForJson(connection, 'POST', '/v1/holds', { json: { scan }, proof: true, signal });
}

/** What was scanned: the code itself, or a hold on it. */
export type Scanned = { scan: string } | { hold: string };

/** Claims a login for this phone, and gives what to show before deciding. */
export function scan(
  session: Session,
  scanned: Scanned,
  openedBy: OpenedBy,
  signal?: AbortSignal,
): Promise<ScanAnswer> {
  return session.sendForJson('POST', '/v1/scans', {
    json: { ...scanned, opened_by: openedBy },
    signal,
  });
}

/** What a person chose on what was shown. */
export interface Choice {
  /** Asks for the longer of the two durations. */
  keep: boolean;
  /** At level `passkey`: what the passkey said to `passkey_options`. */
  assertion?: AuthenticationResponseJSON | undefined;
  /** Where `context.phrase` asks for it: what the person typed. */
  phrase?: string | undefined;
}

/**
 * Allows what was shown. Throws `passkey_required` or `passkey_rejected` where a passkey has to prove it, and
 * `phrase_required` or `wrong_phrase` with `triesLeft` where a phrase has to be typed.
 */
export function confirm(
  session: Session,
  shown: Pick<ScanAnswer, 'ticket' | 'context_digest'>,
  { keep, assertion, phrase }: Choice,
  signal?: AbortSignal,
): Promise<ConfirmAnswer> {
  const { ticket, context_digest } = shown;
  const json = {
    ticket,
    context_digest,
    keep,
    ...(assertion && { assertion }),
    ...(phrase !== undefined && { phrase }),
  };
  return session.sendForJson('POST', '/v1/scans/confirm', { json, signal });
}

/** Refuses. `report` adds "I didn't start this". */
export function deny(
  session: Session,
  ticket: string,
  report = false,
  signal?: AbortSignal,
): Promise<StateAnswer> {
  return session.sendForJson('POST', '/v1/scans/deny', { json: { ticket, report }, signal });
}

/** Follows the claimed login: what happens on the desktop, and who else scans. */
export function watchScan(
  session: Session,
  ticket: string,
  signal?: AbortSignal,
): Watch<ScanWaitAnswer> {
  return new Watch<ScanWaitAnswer>(
    request =>
      session.send('POST', '/v1/scans/wait', {
        json: { ticket, version: request.version },
        headers: request.headers,
        signal: request.signal,
      }),
    { signal },
  );
}

/**
 * What happened to the account after an entry, newest first. Held by the server until there is something, or
 * for as long as a long poll may last: then it is empty, and one asks again.
 */
export function nextActivity(
  session: Session,
  after: number,
  signal?: AbortSignal,
): Promise<Activity> {
  const headers = { Prefer: `wait=${WATCH_LIMITS.longPoll}` };
  return session.sendForJson('GET', `/v1/activity?after=${after}`, { headers, signal });
}

/** The phone's side: sign in, scan, decide, follow. Knows no page and no camera. */

import { type Connection, sendForJson } from './connection.ts';
import type { Session } from './session.ts';
import { Watch } from './watch.ts';
import type {
  ConfirmAnswer,
  DeviceClaim,
  HoldAnswer,
  OpenedBy,
  ScanAnswer,
  ScanWaitAnswer,
  SessionAnswer,
  StateAnswer,
} from './wire.ts';

/** A password sign-in of this device. */
export interface SignInRequest {
  account: string;
  password: string;
  device: DeviceClaim;
  /** `phone` may approve, `desktop` may not; `phone` unless said. */
  role?: 'phone' | 'desktop';
}

/** Signs this device in by password. On the server's own pages only. */
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

/** Allows what was shown. `keep` asks for the longer of the two durations. */
export function confirm(
  session: Session,
  shown: Pick<ScanAnswer, 'ticket' | 'context_digest'>,
  keep: boolean,
  signal?: AbortSignal,
): Promise<ConfirmAnswer> {
  const json = { ticket: shown.ticket, context_digest: shown.context_digest, keep };
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

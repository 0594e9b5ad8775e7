/** The one error that this library throws on purpose. Knows no HTTP beyond the status. */

import type { LoginState, NotAllowedReason, PasswordReason } from './wire.ts';

/** Stable codes: the server's own, OAuth's at the token endpoint, and those that arise here. */
export type ErrorCode =
  // the server's problem+json
  | 'invalid_request'
  | 'unknown_client'
  | 'invalid_scope'
  | 'invalid_proof'
  | 'use_dpop_nonce'
  | 'invalid_token'
  | 'invalid_credentials'
  | 'not_a_phone'
  | 'phone_waiting'
  | 'verification_required'
  | 'registration_closed'
  | 'origin_not_allowed'
  | 'account_unavailable'
  | 'unknown_login'
  | 'not_found'
  | 'method_not_allowed'
  | 'request_timeout'
  | 'scan_code_stale'
  | 'claimed'
  | 'same_device'
  | 'context_changed'
  | 'not_ready'
  | 'login_ended'
  | 'hold_expired'
  | 'too_large'
  | 'unsupported_media_type'
  | 'wrong_code'
  | 'password_rejected'
  | 'name_rejected'
  | 'passkey_rejected'
  | 'passkey_required'
  | 'passkeys_unavailable'
  | 'not_allowed_here'
  | 'login_hint_required'
  | 'phrase_required'
  | 'wrong_phrase'
  | 'invitation_invalid'
  | 'undo_invalid'
  | 'limit_reached'
  | 'slow_down'
  | 'busy'
  | 'internal'
  // RFC 6749 §5.2, RFC 8628 §3.5 and RFC 9449 at the token endpoint
  | 'authorization_pending'
  | 'access_denied'
  | 'expired_token'
  | 'invalid_grant'
  | 'invalid_client'
  | 'unsupported_grant_type'
  | 'invalid_dpop_proof'
  // made here
  | 'network'
  | 'bad_answer'
  | 'signed_out'
  | 'bad_scan_code'
  | 'cut_scan_code'
  | 'passkey_cancelled'
  | 'passkey_known'
  | 'passkey_failed';

/** What an error may carry beside its code. */
export interface ErrorDetails {
  /** HTTP status; 0 when no answer came. */
  status?: number;
  /** A sentence for a person, from the server. */
  detail?: string;
  /** What to quote to whoever runs the server. */
  requestId?: string;
  /** Seconds to wait before asking again. */
  retryAfter?: number;
  /** With `wrong_code` and `wrong_phrase`: how many tries are left. */
  triesLeft?: number;
  /** With `login_ended`: how it ended. */
  state?: LoginState;
  /** With `phone_waiting`: seconds until this phone may approve by itself. */
  approvesIn?: number;
  /** With `password_rejected`: what is wrong with it. */
  reason?: PasswordReason;
  /** With `not_allowed_here`: what stands against it. */
  notAllowed?: NotAllowedReason;
  /** With `passkey_required`: whether the account has a passkey at all. */
  hasPasskey?: boolean;
  cause?: unknown;
}

/** A refusal by the server, or a failure to reach it. Tell them apart by `code`, never by text. */
export class CountersignError extends Error {
  override readonly name = 'CountersignError';
  readonly code: ErrorCode;
  readonly status: number;
  readonly detail: string | undefined;
  readonly requestId: string | undefined;
  readonly retryAfter: number | undefined;
  readonly triesLeft: number | undefined;
  readonly state: LoginState | undefined;
  readonly approvesIn: number | undefined;
  readonly reason: PasswordReason | undefined;
  readonly notAllowed: NotAllowedReason | undefined;
  readonly hasPasskey: boolean | undefined;

  constructor(code: ErrorCode, details: ErrorDetails = {}) {
    super(details.detail ? `${code}: ${details.detail}` : code, { cause: details.cause });
    this.code = code;
    this.status = details.status ?? 0;
    this.detail = details.detail;
    this.requestId = details.requestId;
    this.retryAfter = details.retryAfter;
    this.triesLeft = details.triesLeft;
    this.state = details.state;
    this.approvesIn = details.approvesIn;
    this.reason = details.reason;
    this.notAllowed = details.notAllowed;
    this.hasPasskey = details.hasPasskey;
  }
}

/** True for a `CountersignError` with this code. */
export function hasCode(error: unknown, ...codes: ErrorCode[]): error is CountersignError {
  return error instanceof CountersignError && codes.includes(error.code);
}

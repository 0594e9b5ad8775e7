/**
 * The JSON of the protocol, as it travels. Read independently of the server's own types, on purpose:
 * both sides are held to the same documents and test vectors.
 */

/** The states of a login. */
export type LoginState =
  | 'waiting'
  | 'scanned'
  | 'checking'
  | 'confirmed'
  | 'collected'
  | 'denied'
  | 'cancelled'
  | 'expired';

/** The states that a login never leaves. */
export const FINAL_STATES: readonly LoginState[] = ['collected', 'denied', 'cancelled', 'expired'];

/** True when a login in this state is over. */
export function isFinal(state: LoginState): boolean {
  return FINAL_STATES.includes(state);
}

/** What a device says of itself: a claim, shown as such. */
export interface DeviceClaim {
  name?: string;
  kind: 'browser' | 'android' | 'ios' | 'desktop' | 'terminal' | 'tv' | 'other';
  platform?: string;
}

/** `POST /v1/logins`, 201. */
export interface CreatedLogin {
  login_id: string;
  device_code: string;
  scan: {
    url: string;
    rotation_key: string;
    /** 0: the code stands still. */
    rotate_seconds: number;
    rotation_step: number;
    rotate_in: number;
  };
  expires_in: number;
  interval: number;
}

/** `POST /v1/logins/{login_id}/wait`, as answer or as event. */
export interface WaitAnswer {
  state: LoginState;
  version: number;
  /** Whole seconds to the state's deadline, rounded up. */
  expires_in: number;
  rotation_step?: number;
  rotate_in?: number;
  interval?: number;
}

/** Check and cancel. */
export interface StateAnswer {
  state: LoginState;
  version: number;
  expires_in?: number;
}

export interface Account {
  id: string;
  /** For people; with the scope `profile` alone. */
  name?: string;
  login?: string;
  /** With `GET /v1/me` to our own pages: which ways in the account has. */
  has_password?: boolean;
  passkeys?: number;
}

export interface Device {
  id: string;
  name: string;
  kind: string;
}

/** The collect answer of `POST /oauth/token`. */
export interface TokenAnswer {
  access_token: string;
  token_type: string;
  expires_in: number;
  refresh_token?: string;
  scope?: string;
  grant?: string;
  account?: Account;
  device?: Device;
}

/** Why a new password is refused: `password_rejected`. */
export type PasswordReason = 'too_short' | 'too_long' | 'common';

/** Why a client's rules refuse a sign-in: `not_allowed_here`. */
export type NotAllowedReason =
  | 'far'
  | 'network'
  | 'unknown_desktop'
  | 'unregistered_desktop'
  | 'link'
  | 'account';

/** What a sign-in began with. */
export type How = 'password' | 'passkey' | 'invitation' | 'recovery' | 'scan';

/** `POST /v1/sessions`, 201. */
export interface SessionAnswer extends TokenAnswer {
  account: Account;
  device: Device;
  role: Role;
  may_approve: boolean;
  /** For a phone that has to wait before it may approve: for how many seconds yet. */
  approves_in?: number;
}

/** A session of the server's own pages: what proves it is in a cookie that no script can read. */
export interface CookieAnswer {
  account: Account;
  device: Device;
  grant: string;
  scope?: string;
  expires_in: number;
}

/** What a signed-in device may do: only a phone may approve. */
export type Role = 'phone' | 'desktop';

/** One sign-in of a device. Times are Unix seconds, for reading only. */
export interface Grant {
  id: string;
  client: string;
  client_name: string;
  scopes: string[];
  role: Role;
  how: How;
  signed_in_at: number;
  expires_at: number;
  /** Whether its owner asked to keep it signed in. */
  lasts: 'default' | 'kept';
  /** It ends sooner when it is not used for so long. */
  idle_seconds: number;
  /** Missing for a desktop, which never may. */
  may_approve?: boolean;
  /** For a phone: from when on it may approve by itself. */
  approves_at?: number;
  verified_until?: number;
  /** Given while this desktop may add the one passkey that a phone approved. */
  may_add_passkey_until?: number;
}

/** `GET /v1/me`. */
export interface Me {
  account: Account;
  device: Device;
  grant: Grant;
}

/** A sign-in as another device of the account sees it. */
export interface KnownGrant extends Grant {
  /** The device that approved it. */
  approved_by?: string;
  approved_by_name?: string;
}

/** A device of the account, with its sign-ins that are alive. */
export interface KnownDevice extends Device {
  /** What it calls itself; `name` is what its owner calls it, if they do. */
  own_name?: string | null;
  platform?: string | null;
  first_seen: number;
  last_seen: number;
  this_device: boolean;
  grants: KnownGrant[];
}

/** `GET /v1/devices`. */
export interface Devices {
  devices: KnownDevice[];
}

/** Acts that end sign-ins say how many. */
export interface EndedAnswer {
  ended: number;
  /** Taking back a sign-in also takes the passkeys that its device made. */
  passkeys_removed?: number;
}

/** What a passkey's challenge is for; it is good for nothing else. */
export type PasskeyPurpose = 'sign-in' | 'verify' | 'add' | 'invitation';

/** `POST /v1/passkeys/options`. */
export interface PasskeyOptions<O> {
  challenge: string;
  expires_in: number;
  /** What the browser's own parsers take. */
  options: O;
}

/** One passkey of the account. Times are Unix seconds, for reading only. */
export interface Passkey {
  id: string;
  name: string;
  created_at: number;
  last_used_at?: number;
  /** The device on which it was added, as people call it. */
  made_on?: string;
  /** Whether its keeper copies it to other devices of the same person. */
  synced: boolean;
}

/** `GET /v1/passkeys`. */
export interface Passkeys {
  passkeys: Passkey[];
}

/** `GET /v1/recovery`. */
export interface Recovery {
  codes_left: number;
  /** Unix seconds, for reading only; missing while there never were any. */
  made_at?: number;
  /** How long a phone that comes back by a code has to wait. */
  wait_seconds: number;
}

/** `POST /v1/recovery/codes`, 201: told this once. */
export interface RecoveryCodes {
  codes: string[];
}

/** `POST /v1/invitations/look`. */
export interface Invitation {
  /** The login name of the account. */
  account: string;
  /** What its person is called. */
  name: string;
  /** Seconds for which it can still be taken up. */
  expires_in: number;
  /** Whether a passkey can be made for it at this address. */
  passkeys: boolean;
}

/** What happened to the account: the kinds known today. */
export type ActivityKind =
  | 'signed_in'
  | 'signed_in_by_password'
  | 'declined'
  | 'reported'
  | 'wrong_code'
  | 'wrong_codes'
  | 'wrong_phrase'
  | 'wrong_phrases'
  | 'cancelled'
  | 'expired'
  | 'stranger_scanned'
  | 'signed_out'
  | 'phone_added'
  | 'phone_allowed'
  | 'device_renamed'
  | 'password_changed'
  | 'account_added'
  | 'account_locked'
  | 'account_unlocked'
  | 'misuse'
  | 'passkey_added'
  | 'passkey_removed'
  | 'passkey_renamed'
  | 'recovery_started'
  | 'recovery_codes_made'
  | 'invitation_accepted'
  | 'alert';

/** One thing that happened to the account. */
export interface ActivityEntry {
  id: number;
  at: number;
  /** A newer server may tell more kinds than are known here. */
  kind: ActivityKind | (string & {});
  /** What people call it. */
  device?: string;
  /** The device by which an end or the removal of a passkey was wished; what people call it. */
  by_device?: string;
  /** What people call it. */
  client?: string;
  detail?: string;
  /** The sign-in that it is about. */
  grant?: string;
  /** What that began with. */
  how?: How;
  /** Whether that can still be taken back. */
  undoable?: boolean;
  /** Where it came from, by its address. */
  place?: Place;
}

/** Where an address is, as far as the operator's database knows. */
export interface Place {
  /** ISO 3166-1, two letters. */
  country: string;
  region?: string;
}

/** `GET /v1/activity`, newest first. */
export interface Activity {
  entries: ActivityEntry[];
  /** What to ask for next as `before`; missing when that was all. */
  next?: number;
}

/** How a phone came by a scan code. It can only raise what is asked of the person. */
export type OpenedBy = 'scanner' | 'link' | 'cross-site-link';

/** What a login may ask for beyond the sign-in itself. */
export type Act = 'add_passkey';

/** What the phone shows before it asks for a decision. */
export interface ScanContext {
  client: { name: string; host?: string; verified: boolean };
  browser?: string;
  os?: string;
  /** Where the desktop is. */
  place?: Place;
  network: 'same' | 'near' | 'far' | 'unknown';
  /** What is unusual about it; a newer server may know more. */
  flags?: ('many_accounts' | 'desktop_moved' | (string & {}))[];
  /** What it would allow beyond the sign-in. */
  act?: Act;
  /** Whether `confirm` takes the phrase that was typed on the desktop. */
  phrase?: boolean;
  requested_at: number;
  /** Seconds since the request, when the answer was made. */
  age_seconds: number;
  desktop: 'new' | { known_since: number };
  scopes: { name: string; text: string }[];
  duration_seconds: number;
  strangers: number;
  opened_by: OpenedBy;
  calls_itself?: string;
}

/** `POST /v1/scans`, 201. */
export interface ScanAnswer {
  ticket: string;
  expires_in: number;
  version: number;
  context: ScanContext;
  context_digest: string;
  approval: 'tap' | 'code' | 'passkey';
  /** At `passkey`: what the phone's own passkey has to answer, with `confirm`. */
  passkey_options?: PublicKeyCredentialRequestOptionsJSON;
  durations: { default_seconds: number; keep_seconds: number };
}

/** `POST /v1/holds`. */
export interface HoldAnswer {
  hold: string;
  expires_in: number;
}

/** `POST /v1/scans/confirm`. */
export interface ConfirmAnswer extends StateAnswer {
  check_code?: string;
}

/** `POST /v1/scans/wait`, as answer or as event. */
export interface ScanWaitAnswer {
  state: LoginState;
  version: number;
  expires_in: number;
  /** Other accounts that scanned the same code. */
  strangers: number;
  wrong_codes: number;
  /** The desktop's network changed since it showed the code. */
  desktop_moved?: boolean;
  grant?: string;
  interval?: number;
}

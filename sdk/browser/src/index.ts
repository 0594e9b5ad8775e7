/**
 * Headless client for QR code sign-in: the desktop's and the phone's side of the protocol.
 * Nothing here draws, and nothing happens on import.
 */

export {
  activity,
  allowPhone,
  changePassword,
  listDevices,
  lockAccount,
  loseDevice,
  type Registration,
  register,
  renameDevice,
  signOutDevice,
  signOutOthers,
  undo,
  type Verification,
  verify,
} from './account.ts';
export {
  type Connection,
  type ConnectOptions,
  connect,
  type RequestOptions,
} from './connection.ts';
export { currentSession, type SignInHere, signInHere, signOutHere } from './cookie-session.ts';
export {
  cancelLogin,
  checkLogin,
  collectLogin,
  collectSession,
  createLogin,
  type LoginRequest,
  watchLogin,
} from './desktop.ts';
export { CountersignError, type ErrorCode, type ErrorDetails, hasCode } from './errors.ts';
export {
  type Acceptance,
  acceptInvitation,
  lookAtInvitation,
  type NewCredential,
} from './invitation.ts';
export { type DeviceKey, generateDeviceKey, type PublicJwk, thumbprint } from './key.ts';
export {
  type Asking,
  addPasskey,
  listPasskeys,
  makePasskey,
  type NewPasskey,
  type PasskeyProof,
  passkeyOptions,
  passkeysSupported,
  provePasskey,
  removePasskey,
  renamePasskey,
  type UseOptions,
  usePasskey,
} from './passkeys.ts';
export {
  type Choice,
  type Credentials,
  confirm,
  deny,
  nextActivity,
  type Scanned,
  type SignInRequest,
  scan,
  signIn,
  takeHold,
  watchScan,
} from './phone.ts';
export { makeProof, type ProofOf } from './proof.ts';
export {
  makeRecoveryCodes,
  type RecoveryRequest,
  recover,
  recoveryCodes,
  undoByLink,
  type Waiting,
  waitLeft,
} from './recovery.ts';
export { type Monotonic, Rotation, rotationMac } from './rotation.ts';
export { parseScanCode, type ScanCode } from './scan-code.ts';
export { memoryStore, Session, type SessionStore, type StoredSession } from './session.ts';
export { type DeviceStorage, openStorage } from './storage.ts';
export { onWakeUp, type WakeUps } from './wake-ups.ts';
export {
  WATCH_LIMITS,
  Watch,
  type WatchEvent,
  type Watched,
  type WatchLimits,
  type WatchMode,
  type WatchOptions,
  type WatchRequest,
} from './watch.ts';
export * from './wire.ts';

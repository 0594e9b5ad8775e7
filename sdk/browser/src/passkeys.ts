/**
 * Passkeys: what the server asks for, what the browser's authenticator answers, and the account's own list.
 * Knows no page. A challenge is made by the server for one purpose and this device's key, and is good once.
 */

import { type Connection, sendForJson } from './connection.ts';
import { CountersignError, type ErrorCode } from './errors.ts';
import type { Session } from './session.ts';
import type { Passkey, PasskeyOptions, PasskeyPurpose, Passkeys } from './wire.ts';

/** Who asks: a device that is signed in, or one of the server's own pages with or without its cookie. */
export type Asking = Connection | Session;

/** What proves that a person used a passkey: the answer goes back with the challenge it is for. */
export interface PasskeyProof<R = AuthenticationResponseJSON> {
  challenge: string;
  response: R;
}

/** A passkey that was just made, for the server to take. */
export type NewPasskey = PasskeyProof<RegistrationResponseJSON>;

/** Whether this browser speaks WebAuthn in the form that travels. Says nothing of the server. */
export function passkeysSupported(): boolean {
  const { PublicKeyCredential: known, isSecureContext } = globalThis;
  return (
    isSecureContext === true &&
    typeof known?.parseRequestOptionsFromJSON === 'function' &&
    typeof known.parseCreationOptionsFromJSON === 'function'
  );
}

/** Asks the server for a challenge. `invitation` goes with the purpose of that name. */
export function passkeyOptions<O>(
  by: Asking,
  purpose: PasskeyPurpose,
  more: { invitation?: string | undefined; signal?: AbortSignal | undefined } = {},
): Promise<PasskeyOptions<O>> {
  const { invitation, signal } = more;
  const json = invitation === undefined ? { purpose } : { purpose, invitation };
  return ask(by, 'POST', '/v1/passkeys/options', { json, signal });
}

/** What a use of a passkey may be told. */
export interface UseOptions {
  signal?: AbortSignal;
  /** `conditional`: offered by the browser in a field with `autocomplete="username webauthn"`. */
  mediation?: 'conditional';
}

/**
 * Has the person use a passkey for a challenge, in the browser's own dialog. Throws `passkey_cancelled` when
 * nothing came of it (browsers don't tell whether it was cancelled, too late, or there was none), and
 * `passkey_failed` when this browser can't do it here. An abort is rethrown as it came.
 */
export async function usePasskey(
  options: PublicKeyCredentialRequestOptionsJSON,
  { signal, mediation }: UseOptions = {},
): Promise<AuthenticationResponseJSON> {
  const credential = await ceremony(signal, async () =>
    navigator.credentials.get({
      publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options),
      ...(signal && { signal }),
      ...(mediation && { mediation }),
    }),
  );
  return credential.toJSON() as AuthenticationResponseJSON;
}

/** Asks for a challenge and has a passkey used for it: to sign in, or to verify a sensitive act. */
export async function provePasskey(
  by: Asking,
  purpose: 'sign-in' | 'verify',
  options: UseOptions = {},
): Promise<PasskeyProof> {
  const { signal } = options;
  const asked = await passkeyOptions<PublicKeyCredentialRequestOptionsJSON>(by, purpose, {
    signal,
  });
  return { challenge: asked.challenge, response: await usePasskey(asked.options, options) };
}

/**
 * Asks for a challenge and has a passkey made for it, on this device or another one that the person chooses.
 * Throws as `usePasskey` does, and `passkey_known` when that device has one of this account already.
 */
export async function makePasskey(
  by: Asking,
  purpose: 'add' | 'invitation',
  more: { invitation?: string; signal?: AbortSignal } = {},
): Promise<NewPasskey> {
  const asked = await passkeyOptions<PublicKeyCredentialCreationOptionsJSON>(by, purpose, more);
  const { signal } = more;
  const credential = await ceremony(signal, async () =>
    navigator.credentials.create({
      publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(asked.options),
      ...(signal && { signal }),
    }),
  );
  return {
    challenge: asked.challenge,
    response: credential.toJSON() as RegistrationResponseJSON,
  };
}

/** Gives the account a passkey that was just made. Sensitive, or allowed by a phone's approval of the act. */
export function addPasskey(
  by: Asking,
  made: NewPasskey,
  name?: string,
  signal?: AbortSignal,
): Promise<Passkey> {
  const json = name === undefined ? made : { ...made, name };
  return ask(by, 'POST', '/v1/passkeys', { json, signal });
}

/** The account's passkeys. */
export function listPasskeys(session: Session, signal?: AbortSignal): Promise<Passkeys> {
  return session.sendForJson('GET', '/v1/passkeys', { signal });
}

/** Gives a passkey a name. */
export function renamePasskey(session: Session, id: string, name: string): Promise<Passkey> {
  return session.sendForJson('PATCH', passkeyPath(id), { json: { name } });
}

/** Takes a passkey from the account. Sensitive. What the device itself keeps is not touched. */
export async function removePasskey(session: Session, id: string): Promise<void> {
  await session.send('DELETE', passkeyPath(id));
}

function passkeyPath(id: string): string {
  return `/v1/passkeys/${encodeURIComponent(id)}`;
}

interface Question {
  json: unknown;
  signal: AbortSignal | undefined;
}

function ask<T>(by: Asking, method: string, path: string, question: Question): Promise<T> {
  if ('sendForJson' in by) return by.sendForJson(method, path, question);
  return sendForJson(by, method, path, { ...question, proof: true });
}

/** The names of what browsers throw (WebAuthn §5.1), in our words. */
const REFUSALS: Record<string, ErrorCode> = {
  NotAllowedError: 'passkey_cancelled',
  InvalidStateError: 'passkey_known',
};

/** Runs the browser's part of it, and says in one of our codes what went wrong. */
async function ceremony(
  signal: AbortSignal | undefined,
  run: () => Promise<Credential | null>,
): Promise<PublicKeyCredential> {
  try {
    const credential = await run();
    if (credential) return credential as PublicKeyCredential;
  } catch (error) {
    if (signal?.aborted) throw error;
    const name = error instanceof Error ? error.name : '';
    throw new CountersignError(REFUSALS[name] ?? 'passkey_failed', { cause: error });
  }
  throw new CountersignError('passkey_cancelled');
}

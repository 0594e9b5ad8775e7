/**
 * The scan code and its rotation (protocol, "What the QR carries").
 * Time comes from a clock that only ever measures durations; no two clocks are compared.
 */

import { fromBase64Url, toBase64Url } from './bytes.ts';
import { CountersignError } from './errors.ts';
import type { CreatedLogin, WaitAnswer } from './wire.ts';

const LOGIN_ID_BYTES = 16;
const MAC_BYTES = 8;

/**
 * The MAC of one step: HMAC-SHA-256(rotation key, login id ‖ step as u64 big-endian), first 8 bytes.
 * Takes and gives base64url. Throws `bad_answer` when a part is malformed.
 */
export async function rotationMac(key: string, loginId: string, step: number): Promise<string> {
  const secret = fromBase64Url(key);
  const id = fromBase64Url(loginId);
  if (!secret?.length || id?.length !== LOGIN_ID_BYTES || !Number.isSafeInteger(step) || step < 0) {
    throw new CountersignError('bad_answer');
  }
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const hmac = await crypto.subtle.importKey('raw', secret, algorithm, false, ['sign']);
  const message = new Uint8Array(LOGIN_ID_BYTES + 8);
  message.set(id);
  new DataView(message.buffer).setBigUint64(LOGIN_ID_BYTES, BigInt(step));
  const mac = await crypto.subtle.sign('HMAC', hmac, message);
  return toBase64Url(new Uint8Array(mac, 0, MAC_BYTES));
}

/** Milliseconds of a clock that never jumps. It may stand still while the machine sleeps. */
export type Monotonic = () => number;

/** Knows which code to draw now, and for how long. */
export class Rotation {
  readonly #login: CreatedLogin;
  readonly #clock: Monotonic;
  #step: number;
  #turnsAt: number;

  constructor(login: CreatedLogin, clock: Monotonic = () => performance.now()) {
    this.#login = login;
    this.#clock = clock;
    this.#step = login.scan.rotation_step;
    this.#turnsAt = clock() + login.scan.rotate_in * 1000;
  }

  /** Takes step and remaining time from an answer, whatever was believed before. */
  update(answer: Pick<WaitAnswer, 'rotation_step' | 'rotate_in'>): void {
    if (answer.rotation_step === undefined || answer.rotate_in === undefined) return;
    this.#step = answer.rotation_step;
    this.#turnsAt = this.#clock() + answer.rotate_in * 1000;
  }

  /** The step that holds now. */
  get step(): number {
    const period = this.#login.scan.rotate_seconds * 1000;
    const late = this.#clock() - this.#turnsAt;
    if (period <= 0 || late < 0) return this.#step;
    return this.#step + 1 + Math.floor(late / period);
  }

  /** Milliseconds until the code changes, or `undefined` when it never does. */
  get turnsIn(): number | undefined {
    const period = this.#login.scan.rotate_seconds * 1000;
    if (period <= 0) return undefined;
    const left = this.#turnsAt - this.#clock();
    return left > 0 ? left : period - (-left % period);
  }

  /** The link to draw now. A secret: never show it as text, nor as an accessible name. */
  async url(): Promise<string> {
    const { login_id, scan } = this.#login;
    return `${scan.url}#${login_id}.${await rotationMac(scan.rotation_key, login_id, this.step)}`;
  }
}

import {
  CountersignError,
  type KnownDevice,
  type KnownGrant,
  type Session,
} from '@countersign/browser';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { signOutOf } from '../src/account/sign-out.ts';
import { blankPage, find } from './page.ts';

beforeEach(blankPage);

function device(...roles: KnownGrant['role'][]): KnownDevice {
  const grants = roles.map((role, n) => ({ id: `g${n}`, role }) as KnownGrant);
  return { id: 'd', name: 'Pixel', grants } as KnownDevice;
}

/** A server that wants the password before anything is done to a phone. */
function server({ password = false } = {}) {
  const asked: unknown[] = [];
  let verified = !password;
  const send = async (method: string, path: string, options: { json?: object } = {}) => {
    if (path.endsWith('/verify')) verified = true;
    if (!verified) throw new CountersignError('verification_required', { status: 403 });
    asked.push(options.json ? [method, path, options.json] : [method, path]);
    return { ended: 1 };
  };
  const account = { id: '1', name: 'Anna', login: 'anna' };
  const session = { account, send, sendForJson: send } as unknown as Session;
  return { session, asked };
}

const dialog = () => document.querySelector('dialog');
const shown = () => vi.waitFor(() => find<HTMLInputElement>(document, '#approved-too'));

const UNDO = ['POST', '/v1/grants/g0/undo', { approved_too: true }];
const DELETE = ['DELETE', '/v1/devices/d'];

describe('a phone', () => {
  test('goes with what it approved, unless that is not wanted', async () => {
    for (const [wanted, expected] of [
      [true, [UNDO, DELETE]],
      [false, [DELETE]],
    ] as const) {
      const { session, asked } = server();
      const result = signOutOf(session, device('phone', 'desktop'));
      const too = await shown();
      expect(dialog()?.querySelector('h2')?.textContent).toBe('Sign out Pixel?');
      expect(too.checked).toBe(true);
      too.checked = wanted;
      find(document, 'Sign out').click();
      expect(await result).toBeDefined();
      expect(asked).toEqual(expected);
      expect(dialog()).toBeNull();
    }
  });

  test('stays when the dialog is left', async () => {
    const { session, asked } = server();
    const result = signOutOf(session, device('phone'));
    await shown();
    expect(document.activeElement?.textContent).toBe('Cancel');
    find(document, 'Cancel').click();
    expect(await result).toBeUndefined();
    expect(asked).toEqual([]);
  });

  test('takes the password, and stays without it', async () => {
    const { session, asked } = server({ password: true });
    const refused = signOutOf(session, device('phone'));
    await shown();
    find(document, 'Sign out').click();
    await vi.waitFor(() => find(document, '#verify'));
    find(document, 'Cancel').click();
    expect(await refused).toBeUndefined();
    expect(asked).toEqual([]);

    const result = signOutOf(session, device('phone'));
    await shown();
    find(document, 'Sign out').click();
    await vi.waitFor(() => find(document, '#verify'));
    find<HTMLInputElement>(document, '#verify').value = 'right';
    find(document, 'Go on').click();
    expect(await result).toBeDefined();
    expect(asked.slice(1)).toEqual([UNDO, DELETE]);
  });
});

test('a computer is signed out at once', async () => {
  const { session, asked } = server();
  expect(await signOutOf(session, device('desktop'))).toEqual({ ended: 0, passkeys_removed: 0 });
  expect(asked).toEqual([DELETE]);
  expect(dialog()).toBeNull();
});

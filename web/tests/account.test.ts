/** Parts of the account's page: passkeys, recovery codes, lost devices, what happened. */

import type { KnownDevice, Session } from '@countersign/browser';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ActivityPart } from '../src/account/activity.ts';
import { Devices } from '../src/account/devices.ts';
import type { Owner } from '../src/account/owner.ts';
import { PasskeysPart } from '../src/account/passkeys.ts';
import { RecoveryPart } from '../src/account/recovery.ts';
import { type Answers, answers, DONE, signedIn } from './answers.ts';
import { authenticator, withoutAuthenticator } from './authenticator.ts';
import { blankPage, find } from './page.ts';
import { json } from './wire.ts';

beforeEach(blankPage);
afterEach(withoutAuthenticator);

interface Part {
  root: HTMLElement;
  load: () => Promise<void>;
}

/** A part in its place; acts lead to its being learnt anew. */
async function shown<P extends Part>(server: Answers, make: (owner: Owner) => P): Promise<P> {
  const session: Session = await signedIn(server);
  const owner = {
    session,
    stage: server.page.stage,
    me: { account: session.account },
    signal: new AbortController().signal,
    changed: () => part.load(),
    over: vi.fn(),
  } as unknown as Owner;
  const part = make(owner);
  await part.load();
  document.querySelector('main')?.append(part.root);
  return part;
}

const text = () => document.querySelector('main')?.textContent ?? '';
const says = (words: string) => vi.waitFor(() => expect(text()).toContain(words));
const asks = (title: string) =>
  vi.waitFor(() => {
    const dialog = find<HTMLElement>(document, 'dialog');
    expect(dialog.querySelector('h2')?.textContent).toBe(title);
    return dialog;
  });

describe('passkeys', () => {
  const KEY = { id: 'k1', name: 'Laptop', created_at: 1_700_000_000, synced: false };
  const OTHER = { ...KEY, id: 'k2', name: 'Manager', synced: true, made_on: 'Pixel' };

  test('none yet; one is made under a name, and then there', async () => {
    const ceremonies = authenticator();
    const server = await answers();
    server.answer('GET /v1/passkeys', json({ passkeys: [] }), json({ passkeys: [KEY] }));
    server.answer('POST /v1/passkeys/options', json({ challenge: 'c', options: {} }));
    server.answer('POST /v1/passkeys', json(KEY, 201));
    await shown(server, owner => new PasskeysPart(owner));
    expect(text()).toContain('You have no passkey yet.');
    find(document, 'Add a passkey').click();
    find<HTMLInputElement>(document, '#passkey-name').value = 'Laptop';
    find(document, 'Make the passkey').click();
    await vi.waitFor(() => expect(ceremonies).toHaveLength(1));
    ceremonies[0]?.refuse('NotAllowedError');
    await says('No passkey was used.');
    await vi.waitFor(() => {
      find(document, 'Make the passkey').click();
      expect(ceremonies).toHaveLength(2);
    });
    ceremonies[1]?.answer({ id: 'made' });
    await says('Laptop is added.');
    expect(text()).toContain('On one device only');
    expect(server.asked.at(-2)).toEqual([
      'POST /v1/passkeys',
      { challenge: 'c', response: { id: 'made' }, name: 'Laptop' },
    ]);
  });

  test('each says what it is; it can be renamed and, after a question, removed', async () => {
    authenticator();
    const server = await answers();
    server.answer('GET /v1/passkeys', json({ passkeys: [OTHER] }), json({ passkeys: [] }));
    server.answer('PATCH /v1/passkeys/k2', json({ ...OTHER, name: 'Safe' }));
    server.answer('DELETE /v1/passkeys/k2', DONE);
    await shown(server, owner => new PasskeysPart(owner));
    expect(text()).toMatch(/on all your devices.*on Pixel.*not yet/);
    find(document, 'Rename').click();
    find<HTMLInputElement>(document, '#passkey-k2').value = 'Safe';
    find(document, 'Save').click();
    await vi.waitFor(() => expect(document.querySelector('h3')?.textContent).toBe('Safe'));
    find(document, 'Remove').click();
    find(await asks('Remove Safe?'), 'Remove').click();
    await says('Safe is removed.');
  });

  test('at a bare address the reason is said, and the server not asked', async () => {
    const server = await answers();
    await shown(server, owner => new PasskeysPart(owner));
    expect(text()).toContain('this server is reached by a bare address');
    expect(server.asked).toEqual([]);
    expect(document.querySelector('button')).toBeNull();
  });
});

describe('recovery codes', () => {
  const STATE = { codes_left: 10, made_at: 1_700_000_000, wait_seconds: 86_400 };
  const CODES = ['aaaa-bbbb', 'cccc-dddd'];
  const made = (server: Answers) =>
    server.answer('POST /v1/recovery/codes', json({ codes: CODES }));

  test.each([
    [{ codes_left: 0, wait_seconds: 86_400 }, 'You have none', true],
    [{ ...STATE, codes_left: 2 }, 'Make new ones before you need them.', true],
    [{ ...STATE, codes_left: 3 }, 'Codes left: 3.', false],
    [{ ...STATE, wait_seconds: 0 }, 'need not wait', false],
    [STATE, 'waits 1 day', false],
  ])('how many are left: %o', async (state, words, warns) => {
    const server = await answers();
    server.answer('GET /v1/recovery', json(state));
    await shown(server, owner => new RecoveryPart(owner));
    expect(text()).toContain(words);
    expect(document.querySelector('.callout.warn') !== null).toBe(warns);
  });

  test('new ones stay until their owner says that they are kept', async () => {
    const server = await answers();
    server.answer('GET /v1/recovery', json({ codes_left: 0, wait_seconds: 0 }), json(STATE));
    made(server);
    const part = await shown(server, owner => new RecoveryPart(owner));
    find(document, 'Make recovery codes').click();
    await says('cccc-dddd');
    const leave = new Event('beforeunload', { cancelable: true });
    window.dispatchEvent(leave);
    expect(leave.defaultPrevented).toBe(true);
    await part.load();
    find(document, 'Done').click();
    await says('Please keep them first');
    expect(text()).toContain('aaaa-bbbb');
    find<HTMLInputElement>(document, '#codes-kept').checked = true;
    await vi.waitFor(() => {
      find(document, 'Done').click();
      expect(text()).not.toContain('aaaa-bbbb');
    });
    const free = new Event('beforeunload', { cancelable: true });
    window.dispatchEvent(free);
    expect(free.defaultPrevented).toBe(false);
  });

  test('good ones are replaced only after a question', async () => {
    const server = await answers();
    server.answer('GET /v1/recovery', json(STATE));
    made(server);
    await shown(server, owner => new RecoveryPart(owner));
    find(document, 'Make new recovery codes').click();
    find(await asks('Make new codes?'), 'Cancel').click();
    await vi.waitFor(() => expect(document.querySelector('dialog')).toBeNull());
    expect(server.asked.map(([what]) => what)).toEqual(['GET /v1/recovery']);
  });
});

describe('a lost device', () => {
  const grants = [
    {
      id: 'g',
      role: 'phone',
      how: 'recovery',
      signed_in_at: 0,
      expires_at: 1,
      idle_seconds: 1,
      lasts: 'default',
    },
  ];
  const PIXEL = {
    id: 'd',
    name: 'Pixel',
    kind: 'browser',
    first_seen: 0,
    last_seen: 0,
    this_device: false,
    grants,
  };
  const HERE = { ...PIXEL, id: 'h', name: 'Here', this_device: true };
  const OVER = { ...PIXEL, id: 'o', name: 'Over', grants: [] };
  const devices = (...all: object[]) => json({ devices: all as KnownDevice[] });

  test('ends all that came of it, once that was explained; this device can’t be lost', async () => {
    const server = await answers();
    server.answer('GET /v1/devices', devices(HERE, PIXEL, OVER), devices(HERE));
    server.answer('POST /v1/devices/d/lost', json({ ended: 3, passkeys_removed: 1 }));
    await shown(server, owner => new Devices(owner));
    const named = [...document.querySelectorAll('button')].map(b => b.getAttribute('aria-label'));
    const lost = named.filter(label => label?.startsWith('I lost'));
    expect(lost).toEqual(['I lost this phone: Pixel', 'I lost it: Over']);
    expect(text()).toContain('by recovery code');
    find(document, 'I lost this phone').click();
    const dialog = await asks('Lost Pixel?');
    expect(dialog.textContent).toContain('every computer that it approved');
    find(dialog, 'It is lost, end all that').click();
    await says('Pixel is out of your account. Sign-ins ended: 3. Passkeys removed: 1.');
  });
});

describe('what happened', () => {
  const entry = (id: number, more: object = {}) => ({
    id,
    at: 1_700_000_000 + id,
    kind: 'signed_in',
    ...more,
  });
  const rows = () => [...document.querySelectorAll('.activity li')];

  test('new entries come above; those that were there keep their place', async () => {
    const server = await answers();
    server.answer('GET /v1/activity', json({ entries: [entry(2), entry(1)] }));
    server.answer(
      'GET /v1/activity',
      json({ entries: [entry(3), entry(2, { undoable: false }), entry(1)] }),
    );
    server.answer('GET /v1/activity?after=2', json({ entries: [entry(3)] }));
    server.answer('GET /v1/activity?after=3', json({ entries: [] }));
    const part = await shown(server, owner => new ActivityPart(owner));
    const [second, first] = rows();
    const { signal } = new AbortController();
    expect(await part.follow(signal)).toBe(true);
    await part.load();
    expect(rows()).toHaveLength(3);
    expect(rows()[2]).toBe(first);
    expect(rows()[1]).not.toBe(second);
    expect(await part.follow(signal)).toBe(false);
  });

  test('where more came than one answer tells, nothing is left out between', async () => {
    const server = await answers();
    server.answer('GET /v1/activity', json({ entries: [entry(1)] }));
    server.answer('GET /v1/activity', json({ entries: [entry(9), entry(8)], next: 8 }));
    server.answer('GET /v1/activity?before=8', json({ entries: [entry(7)] }));
    const part = await shown(server, owner => new ActivityPart(owner));
    await part.load();
    expect(rows()).toHaveLength(2);
    find(document, 'Show more').click();
    await vi.waitFor(() => expect(rows()).toHaveLength(3));
  });

  test('a fresh sign-in is taken back from its entry, which says place and device', async () => {
    const server = await answers();
    const fresh = { grant: 'g', undoable: true, device: 'Laptop', place: { country: 'DE' } };
    server.answer('GET /v1/activity', json({ entries: [entry(1, fresh)] }));
    server.answer(
      'GET /v1/activity',
      json({ entries: [entry(2, { kind: 'signed_out' }), entry(1)] }),
    );
    server.answer('POST /v1/grants/g/undo', json({ ended: 1, passkeys_removed: 1 }));
    await shown(server, owner => new ActivityPart(owner));
    expect(text()).toMatch(/in Germany.*Laptop/);
    expect(find(document, 'Undo').getAttribute('aria-label')).toMatch(/^Undo: .*: Laptop$/);
    find(document, 'Undo').click();
    await says('Undone. Sign-ins ended: 1. Passkeys removed: 1.');
    expect(document.querySelector('.activity button')).toBeNull();
  });

  test('what its owner must not overlook says more', async () => {
    const server = await answers();
    const alert = { kind: 'alert', detail: 'strangers' };
    server.answer('GET /v1/activity', json({ entries: [entry(1, alert)] }));
    await shown(server, owner => new ActivityPart(owner));
    expect(text()).toContain('its code was passed around');
    expect(rows()[0]?.className).toBe('alarming');
  });
});

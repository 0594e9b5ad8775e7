import type { KnownDevice, KnownGrant } from '@countersign/browser';
import { expect, test } from 'vitest';
import { happening, howLong, howSignedIn, kindOf } from '../src/account/words.ts';
import { h } from '../src/dom.ts';

const grant: KnownGrant = {
  id: 'g',
  client: 'shop',
  client_name: 'Shop',
  scopes: [],
  role: 'desktop',
  how: 'scan',
  signed_in_at: 1_700_000_000,
  expires_at: 1_700_028_800,
  lasts: 'default',
  idle_seconds: 604_800,
};

const read = (child: Parameters<typeof h>[2]) => h('p', {}, child).textContent;

test.each([
  [{}, /8 hours, the usual time\. Sooner when it is not used for 7 days\.$/],
  [{ lasts: 'kept' }, /because you chose to keep it signed in/],
  [{ role: 'phone' }, /as a phone/],
] as const)('how long a sign-in lasts is said with its reason: %o', (more, words) => {
  expect(read(howLong({ ...grant, ...more }))).toMatch(words);
});

test.each([
  [{ how: 'password' }, /, by password$/],
  [{ how: 'passkey' }, /, by passkey$/],
  [{ how: 'invitation' }, /, by invitation$/],
  [{ how: 'recovery' }, /, by recovery code$/],
  [{ how: 'telepathy' as never }, /, in a way that this page does not know$/],
  [{}, /, by scan$/],
  [{ approved_by_name: 'Pixel' }, /, by scan; approved on Pixel$/],
] as const)('how it came about: %o', (more, words) => {
  expect(read(howSignedIn({ ...grant, ...more }))).toMatch(words);
});

test('kinds of devices are said in words, new ones too', () => {
  const device = { kind: 'browser', platform: 'Android' } as KnownDevice;
  expect(read(kindOf(device))).toBe('Browser · Android');
  expect(read(kindOf({ ...device, kind: 'fridge', platform: null }))).toBe('Device');
});

test('what happened is said with what it was about; a kind made up since is not hidden', () => {
  const entry = { id: 1, at: 0, device: 'Laptop', client: 'Shop' };
  const told = (more: object) => {
    const { title, about } = happening({ ...entry, kind: 'signed_out', ...more });
    return [title, ...about.map(read)];
  };
  expect(told({ detail: 'undone' })).toEqual(['Signed out', 'Laptop', 'Shop', 'undone']);
  expect(told({ detail: 'made_up_since' })).toEqual(['Signed out', 'Laptop', 'Shop']);
  expect(told({ kind: 'made_up_since' })[0]).toBe('Something else happened');
});

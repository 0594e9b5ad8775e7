import type { ScanAnswer } from '@countersign/browser';
import { expect, test } from 'vitest';
import { changes } from '../src/phone/changes.ts';

const before: ScanAnswer = {
  ticket: 't',
  expires_in: 120,
  version: 2,
  context_digest: 'd',
  approval: 'code',
  durations: { default_seconds: 28_800, keep_seconds: 2_592_000 },
  context: {
    client: { name: 'Shop', host: 'shop.example', verified: true },
    network: 'same',
    place: { country: 'DE', region: 'Berlin' },
    requested_at: 0,
    age_seconds: 1,
    desktop: { known_since: 0 },
    scopes: [{ name: 'openid', text: 'Know who you are' }],
    duration_seconds: 28_800,
    strangers: 0,
    opened_by: 'scanner',
  },
};

type Context = ScanAnswer['context'];

test.each<[string, Partial<Context>, Partial<ScanAnswer>]>([
  ['Another application asks.', { client: { ...before.context.client, host: 'b.example' } }, {}],
  ['Far away from your phone’s', { network: 'far' }, {}],
  ['It is at another place.', { place: { country: 'BR' } }, {}],
  ['Its network changed since', { flags: ['desktop_moved'] }, {}],
  ['asked several people', { flags: ['many_accounts'] }, {}],
  ['Somebody else scanned', { strangers: 1 }, {}],
  ['The code came another way.', { opened_by: 'link' }, {}],
  ['does not count as known', { desktop: 'new' }, {}],
  ['Its key is not proved', { client: { ...before.context.client, verified: false } }, {}],
  ['something else than before', { act: 'add_passkey' }, {}],
  ['allowed something else', { scopes: [] }, {}],
  ['for 30 days', {}, { durations: { default_seconds: 2_592_000, keep_seconds: 2_592_000 } }],
  ['takes your passkey now', {}, { approval: 'passkey' }],
])('%s', (words, context, more) => {
  const after = { ...before, ...more, context: { ...before.context, ...context } };
  expect(changes(before, after)).toEqual([expect.stringContaining(words)]);
});

test('what a person could not see is no change', () => {
  const after = { ...before, ticket: 'u', version: 3, context_digest: 'e' };
  expect(changes(before, { ...after, context: { ...before.context, age_seconds: 9 } })).toEqual([]);
});

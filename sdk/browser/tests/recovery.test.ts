import { expect, test } from 'vitest';
import {
  acceptInvitation,
  lookAtInvitation,
  makeRecoveryCodes,
  memoryStore,
  type NewPasskey,
  recover,
  recoveryCodes,
  Session,
  undoByLink,
  waitLeft,
} from '../src/index.ts';
import { type Answer, json, problem, standIn } from './server.ts';

const DEVICE = { kind: 'browser', name: 'Firefox' } as const;

async function signedIn(...answers: Answer[]) {
  const server = await standIn(...answers);
  const tokens = { access_token: 'a1', token_type: 'DPoP', expires_in: 600 };
  const session = await Session.begin(server.connection, memoryStore(), 'countersign', tokens);
  return { ...server, session };
}

test('codes are counted, and made anew, with token and proof', async () => {
  const state = { codes_left: 2, made_at: 7, wait_seconds: 86_400 };
  const { session, asked } = await signedIn(json(state), json({ codes: ['aaaa-bbbb'] }, 201));
  expect(await recoveryCodes(session)).toEqual(state);
  expect(await makeRecoveryCodes(session)).toEqual({ codes: ['aaaa-bbbb'] });
  expect(asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'GET /v1/recovery',
    'POST /v1/recovery/codes',
  ]);
  expect(asked.every(request => request.proof?.ath)).toBe(true);
});

test('a code opens a session of a phone that waits, proved by its key', async () => {
  const { connection, asked } = await standIn(
    json({ may_approve: false, approves_in: 86_400 }, 201),
    problem(401, 'invalid_credentials'),
  );
  const request = { account: 'anna', code: 'aaaa-bbbb', device: DEVICE };
  expect(await recover(connection, request)).toMatchObject({ approves_in: 86_400 });
  await expect(recover(connection, request)).rejects.toMatchObject({ code: 'invalid_credentials' });
  expect(asked[0]).toMatchObject({ method: 'POST', path: '/v1/recovery', json: request });
  expect(asked[0]?.proof).not.toHaveProperty('ath');
});

test.each([
  ['both times are the server’s', { approves_at: 1_900_003_600 }, 3600],
  ['a wait that is over is no negative one', { approves_at: 1_899_999_999 }, 0],
  ['who may approve waits for nothing', { may_approve: true, approves_at: 1 }, undefined],
  ['who never may has nothing to wait for', {}, undefined],
])('how long a phone waits yet: %s', async (_, grant, seconds) => {
  const clock = new Date(1_900_000_000 * 1000).toUTCString();
  const { session } = await signedIn(json({ grant }, 200, { Date: clock }), json({ grant }));
  expect((await waitLeft(session)).seconds).toBe(seconds);
  // Without the server's clock nothing is guessed from ours.
  expect((await waitLeft(session)).seconds).toBeUndefined();
});

test('an undo link needs no session, and says what it ended', async () => {
  const { connection, asked } = await standIn(
    json({ ended: 1, passkeys_removed: 2 }),
    problem(404, 'undo_invalid'),
  );
  expect(await undoByLink(connection, 'u')).toEqual({ ended: 1, passkeys_removed: 2 });
  await expect(undoByLink(connection, 'u')).rejects.toMatchObject({ code: 'undo_invalid' });
  expect(asked[0]).toMatchObject({ method: 'POST', path: '/v1/undo', json: { undo: 'u' } });
  expect(asked[0]?.headers.has('Authorization')).toBe(false);
});

test('an invitation is looked at, and taken up with a password or a passkey', async () => {
  const invitation = { account: 'anna', name: 'Anna', expires_in: 60, passkeys: true };
  const passkey = { challenge: 'c', response: {} } as NewPasskey;
  const { connection, asked } = await standIn(
    json(invitation),
    json({ may_approve: true }, 201),
    json({ may_approve: true }, 201),
    problem(404, 'invitation_invalid'),
  );
  expect(await lookAtInvitation(connection, 'i')).toEqual(invitation);
  const taken = { invitation: 'i', device: DEVICE };
  await acceptInvitation(connection, { ...taken, password: 'some long words' });
  await acceptInvitation(connection, { ...taken, passkey });
  await expect(lookAtInvitation(connection, 'i')).rejects.toMatchObject({
    code: 'invitation_invalid',
  });
  expect(asked.slice(0, 3).map(({ path, json }) => [path, json])).toEqual([
    ['/v1/invitations/look', { invitation: 'i' }],
    ['/v1/invitations/accept', { ...taken, password: 'some long words' }],
    ['/v1/invitations/accept', { ...taken, passkey }],
  ]);
  expect(asked.every(request => request.proof)).toBe(true);
});

import { expect, test } from 'vitest';
import {
  activity,
  allowPhone,
  changePassword,
  listDevices,
  lockAccount,
  loseDevice,
  memoryStore,
  register,
  renameDevice,
  Session,
  signOutDevice,
  signOutOthers,
  undo,
  verify,
} from '../src/index.ts';
import { type Answer, json, problem, standIn } from './server.ts';

const empty = () => new Response(null, { status: 204 });

async function signedIn(...answers: Answer[]) {
  const server = await standIn(...answers);
  const tokens = { access_token: 'a1', token_type: 'DPoP', expires_in: 600 };
  const session = await Session.begin(server.connection, memoryStore(), 'countersign', tokens);
  return { ...server, session };
}

test('each act of the owner is one request with token and proof', async () => {
  const { session, asked } = await signedIn(
    json({ devices: [] }),
    json({}),
    json({}),
    empty(),
    json({ ended: 1 }),
    json({ ended: 2 }),
    json({ ended: 1 }),
    json({ ended: 1 }),
    json({}),
    json({ ended: 3 }),
    empty(),
    json({ verified_for: 300 }),
    json({ verified_for: 300 }),
    json({ ended: 2, passkeys_removed: 1 }),
  );
  await listDevices(session);
  await renameDevice(session, 'd/1', 'Kitchen');
  await renameDevice(session, 'd', null);
  await signOutDevice(session, 'd');
  expect(await signOutOthers(session)).toEqual({ ended: 1 });
  await signOutOthers(session, 'desktops');
  await undo(session, 'g');
  await undo(session, 'g', true);
  await allowPhone(session, 'g');
  await changePassword(session, 'new words', false);
  await lockAccount(session);
  await verify(session, { password: 'old words' });
  const passkey = { challenge: 'c', response: {} as AuthenticationResponseJSON };
  await verify(session, { passkey });
  expect(await loseDevice(session, 'd/1')).toEqual({ ended: 2, passkeys_removed: 1 });
  expect(asked.map(({ method, path, json }) => [method, path, json])).toEqual([
    ['GET', '/v1/devices', {}],
    ['PATCH', '/v1/devices/d%2F1', { name: 'Kitchen' }],
    ['PATCH', '/v1/devices/d', { name: null }],
    ['DELETE', '/v1/devices/d', {}],
    ['POST', '/v1/devices/sign-out-others', {}],
    ['POST', '/v1/devices/sign-out-others', { only: 'desktops' }],
    ['POST', '/v1/grants/g/undo', {}],
    ['POST', '/v1/grants/g/undo', { approved_too: true }],
    ['POST', '/v1/grants/g/allow', {}],
    ['PUT', '/v1/password', { password: 'new words', sign_out_others: false }],
    ['POST', '/v1/account/lock', {}],
    ['POST', '/v1/sessions/current/verify', { password: 'old words' }],
    ['POST', '/v1/sessions/current/verify', { passkey }],
    ['POST', '/v1/devices/d%2F1/lost', {}],
  ]);
  expect(asked.every(request => request.proof?.ath)).toBe(true);
});

test('activity is read on from where it ended; the proof names no query', async () => {
  const { session, asked } = await signedIn(json({ entries: [], next: 7 }), json({ entries: [] }));
  const { next } = await activity(session);
  await activity(session, next);
  expect(asked.map(request => request.path)).toEqual(['/v1/activity', '/v1/activity?before=7']);
  expect(asked[1]?.proof?.htu).toBe('https://login.example/v1/activity');
});

test('an account is asked for without a session', async () => {
  const { connection, asked } = await standIn(
    json({}, 202),
    problem(403, 'registration_closed'),
    problem(422, 'password_rejected', { reason: 'common' }),
  );
  await register(connection, { account: 'anna', password: 'some long words' });
  expect(asked[0]).toMatchObject({ method: 'POST', path: '/v1/accounts' });
  expect(asked[0]?.headers.has('Authorization')).toBe(false);
  const again = () => register(connection, { account: 'anna', password: 'p' });
  await expect(again()).rejects.toMatchObject({ code: 'registration_closed' });
  await expect(again()).rejects.toMatchObject({ code: 'password_rejected', reason: 'common' });
});

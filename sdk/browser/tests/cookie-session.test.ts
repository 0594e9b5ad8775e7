import { expect, test, vi } from 'vitest';
import {
  type CreatedLogin,
  collectSession,
  connect,
  createLogin,
  currentSession,
  generateDeviceKey,
  signInHere,
  signOutHere,
} from '../src/index.ts';
import { json, problem, standIn } from './server.ts';

const LOGIN = { login_id: 'id', device_code: 'secret' } as CreatedLogin;
const ME = { account: { id: '1', name: 'Anna' } };

test.each([
  [true, 'same-origin'],
  [false, 'omit'],
  [undefined, 'omit'],
])('a connection with cookies %s sends them: %s', async (cookies, credentials) => {
  const fetched = vi.fn<typeof fetch>(async () => json({}, 201));
  const issuer = 'https://login.example';
  const key = await generateDeviceKey();
  const connection = connect({
    issuer,
    key,
    fetch: fetched,
    ...(cookies !== undefined && { cookies }),
  });
  await createLogin(connection, { clientId: 'countersign', device: { kind: 'browser' } });
  expect(fetched.mock.calls[0]?.[1]?.credentials).toBe(credentials);
});

test('a login is collected into a cookie with a proof, again when the answer was lost', async () => {
  const { connection, asked } = await standIn(new TypeError('lost'), json(ME));
  expect((await collectSession(connection, LOGIN)).account.name).toBe('Anna');
  expect(asked.map(request => [request.path, request.json])).toEqual([
    ['/v1/logins/id/session', { device_code: 'secret' }],
    ['/v1/logins/id/session', { device_code: 'secret' }],
  ]);
  expect(asked.every(request => request.proof && !request.headers.has('Authorization'))).toBe(true);
});

test('a login that is over is not collected again', async () => {
  const { connection, asked } = await standIn(problem(410, 'login_ended', { state: 'denied' }));
  await expect(collectSession(connection, LOGIN)).rejects.toMatchObject({
    code: 'login_ended',
    state: 'denied',
  });
  expect(asked).toHaveLength(1);
});

test('a password signs in a desktop, which may not approve', async () => {
  const { connection, asked } = await standIn(json(ME, 201));
  const device = { kind: 'browser', name: 'Firefox' } as const;
  await signInHere(connection, { account: 'anna', password: 'p', device });
  expect(asked[0]).toMatchObject({ method: 'POST', path: '/v1/sessions' });
  expect(asked[0]?.json).toEqual({ account: 'anna', password: 'p', device, role: 'desktop' });
  expect(asked[0]?.proof).toBeDefined();
});

test('who is signed in is asked with a proof that names no token', async () => {
  const { connection, asked } = await standIn(json(ME));
  expect((await currentSession(connection))?.account.name).toBe('Anna');
  expect(asked[0]?.proof).toMatchObject({ htm: 'GET', htu: 'https://login.example/v1/me' });
  expect(asked[0]?.proof).not.toHaveProperty('ath');
});

test('nobody is signed in when the server says so, and only then', async () => {
  const { connection } = await standIn(
    problem(401, 'invalid_token'),
    new TypeError('failed to fetch'),
    problem(401, 'invalid_proof'),
  );
  expect(await currentSession(connection)).toBeUndefined();
  await expect(currentSession(connection)).rejects.toMatchObject({ code: 'network' });
  await expect(currentSession(connection)).rejects.toMatchObject({ code: 'invalid_proof' });
});

test('signing out is done when the server says that it is, or was', async () => {
  const { connection, asked } = await standIn(
    new Response(null, { status: 204 }),
    problem(401, 'invalid_token'),
    new TypeError('failed to fetch'),
  );
  await signOutHere(connection);
  await signOutHere(connection);
  await expect(signOutHere(connection)).rejects.toMatchObject({ code: 'network' });
  expect(asked[0]).toMatchObject({ method: 'DELETE', path: '/v1/sessions/current' });
  expect(asked[0]?.proof).toBeDefined();
});

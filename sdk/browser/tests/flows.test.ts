import { createHash } from 'node:crypto';
import { describe, expect, test, vi } from 'vitest';
import {
  type CreatedLogin,
  checkLogin,
  collectLogin,
  confirm,
  createLogin,
  deny,
  memoryStore,
  Session,
  scan,
  signIn,
  takeHold,
} from '../src/index.ts';
import { type Answer, json, problem, standIn } from './server.ts';

const LOGIN = { login_id: 'id', device_code: 'secret' } as CreatedLogin;
const TOKENS = {
  access_token: 'a1',
  token_type: 'DPoP',
  expires_in: 600,
  refresh_token: 'r1',
  account: { id: '1', name: 'Anna' },
  device: { id: '2', name: 'Firefox', kind: 'browser' },
};

async function signedIn(...answers: Answer[]) {
  const server = await standIn(...answers);
  const store = memoryStore();
  const session = await Session.begin(server.connection, store, 'demo', TOKENS);
  return { ...server, store, session };
}

describe('the desktop', () => {
  test('names its key when it starts, and proves it', async () => {
    const { connection, asked } = await standIn(json({}, 201));
    await createLogin(connection, { clientId: 'demo', device: { kind: 'browser' } });
    expect(asked[0]?.json).toEqual({
      client_id: 'demo',
      dpop_jkt: connection.key.thumbprint,
      device: { kind: 'browser' },
    });
    expect(asked[0]?.proof).toMatchObject({ htm: 'POST', htu: 'https://login.example/v1/logins' });
  });

  test('learns how many tries are left', async () => {
    const { connection } = await standIn(problem(422, 'wrong_code', { tries_left: 2 }));
    await expect(checkLogin(connection, LOGIN, '123456')).rejects.toMatchObject({ triesLeft: 2 });
  });

  test('collects with the device code grant, again when the answer was lost', async () => {
    vi.useFakeTimers();
    const { connection, asked } = await standIn(new TypeError('lost'), json(TOKENS));
    const collected = collectLogin(connection, LOGIN, 'demo');
    await vi.advanceTimersByTimeAsync(2000);
    vi.useRealTimers();
    expect((await collected).access_token).toBe('a1');
    expect(Object.fromEntries(new URLSearchParams(asked[1]?.body))).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code: 'secret',
      client_id: 'demo',
    });
  });

  test('does not collect again after a refusal', async () => {
    const { connection, asked } = await standIn(json({ error: 'access_denied' }, 400));
    await expect(collectLogin(connection, LOGIN, 'demo')).rejects.toMatchObject({
      code: 'access_denied',
    });
    expect(asked).toHaveLength(1);
  });
});

describe('the phone', () => {
  test('signs in and takes a hold without a token, but with a proof', async () => {
    const { connection, asked } = await standIn(json(TOKENS, 201), json({ hold: 'h' }, 201));
    await signIn(connection, { account: 'anna', password: 'p', device: { kind: 'browser' } });
    await takeHold(connection, 'id.mac');
    expect(asked.map(request => request.path)).toEqual(['/v1/sessions', '/v1/holds']);
    expect(asked.every(request => request.proof && !request.headers.has('Authorization'))).toBe(
      true,
    );
  });

  test('scans, confirms and denies with token and proof', async () => {
    const { session, asked } = await signedIn(json({}, 201), json({}), json({}));
    await scan(session, { hold: 'h' }, 'link');
    await confirm(session, { ticket: 't', context_digest: 'd' }, { keep: true });
    await deny(session, 't', true);
    expect(asked.map(request => [request.path, request.json])).toEqual([
      ['/v1/scans', { hold: 'h', opened_by: 'link' }],
      ['/v1/scans/confirm', { ticket: 't', context_digest: 'd', keep: true }],
      ['/v1/scans/deny', { ticket: 't', report: true }],
    ]);
    expect(asked.every(request => request.proof?.ath)).toBe(true);
  });
});

describe('a session', () => {
  test('renews a token that is refused, and asks again', async () => {
    const { session, store, asked } = await signedIn(
      problem(401, 'invalid_token'),
      json({ ...TOKENS, access_token: 'a2', refresh_token: 'r2' }),
      json({ account: { name: 'Anna' } }),
    );
    expect((await session.me()).account.name).toBe('Anna');
    expect(asked.map(request => request.path)).toEqual(['/v1/me', '/oauth/token', '/v1/me']);
    expect(asked[1]?.body).toContain('refresh_token=r1');
    expect(asked[2]?.headers.get('Authorization')).toBe('DPoP a2');
    expect(await store.load()).toMatchObject({ accessToken: 'a2', refreshToken: 'r2' });
  });

  test('takes the tokens that another tab has renewed meanwhile', async () => {
    const { session, store, asked } = await signedIn(problem(401, 'invalid_token'), json({}));
    const renewed = { ...(await store.load()), accessToken: 'a9' };
    await store.save(renewed as never);
    await session.me();
    expect(asked.map(request => request.headers.get('Authorization'))).toEqual([
      'DPoP a1',
      'DPoP a9',
    ]);
  });

  test('whose refresh token is dead is over, and forgotten', async () => {
    const { session, store } = await signedIn(
      problem(401, 'invalid_token'),
      json({ error: 'invalid_grant' }, 400),
    );
    await expect(session.me()).rejects.toMatchObject({ code: 'signed_out' });
    expect(await store.load()).toBeUndefined();
  });

  test('survives a lost network while it renews', async () => {
    const { session, store } = await signedIn(
      problem(401, 'invalid_token'),
      new TypeError('failed to fetch'),
    );
    await expect(session.me()).rejects.toMatchObject({ code: 'network' });
    expect(await store.load()).toBeDefined();
  });

  test('asks the application’s own server, with a proof for that very request', async () => {
    const { session, asked } = await signedIn(
      new Response(null, { status: 401 }),
      json({ ...TOKENS, access_token: 'a2' }),
      json({ articles: [] }),
    );
    const url = 'https://read.example/articles?page=2';
    const answer = await session.fetch(url, { headers: { Accept: 'text/plain' } });
    expect(await answer.json()).toEqual({ articles: [] });
    expect(asked.map(request => request.path)).toEqual([url, '/oauth/token', url]);
    expect(asked[2]?.proof).toMatchObject({ htm: 'GET', htu: 'https://read.example/articles' });
    expect(asked[2]?.proof?.ath).toBe(createHash('sha256').update('a2').digest('base64url'));
    expect(asked[2]?.headers.get('Authorization')).toBe('DPoP a2');
    expect(asked[2]?.headers.get('Accept')).toBe('text/plain');
  });

  test('hands over what that server answers, a second refusal too', async () => {
    const refused = () => new Response(null, { status: 401 });
    const { session } = await signedIn(refused(), json(TOKENS), refused());
    expect((await session.fetch('https://read.example/articles')).status).toBe(401);
    const { session: other, asked } = await signedIn(new Response(null, { status: 403 }));
    expect((await other.fetch('https://read.example/articles')).status).toBe(403);
    expect(asked).toHaveLength(1);
  });

  test.each([
    ['the server says so', new Response(null, { status: 204 }), true],
    ['the server cannot be reached', new TypeError('failed to fetch'), false],
    ['the server refuses', problem(429, 'slow_down'), false],
    ['something else answers', new Response('<p>no', { status: 403 }), false],
  ])('is forgotten at sign-out when %s', async (_when, answer, told) => {
    const { session, store, asked } = await signedIn(answer);
    expect(await session.signOut()).toBe(told);
    expect(asked[0]).toMatchObject({ method: 'DELETE', path: '/v1/sessions/current' });
    expect(await store.load()).toBeUndefined();
  });

  test('is taken up again from where it was kept', async () => {
    const { connection, store } = await signedIn();
    expect((await Session.resume(connection, store))?.account?.name).toBe('Anna');
    expect(await Session.resume(connection, memoryStore())).toBeUndefined();
  });
});

import { expect, test } from 'vitest';
import { send, sendForJson } from '../src/connection.ts';
import { CountersignError } from '../src/index.ts';
import { json, problem, standIn } from './server.ts';

test('a proof names issuer and path, and the token that goes with it', async () => {
  const { connection, asked } = await standIn(json({ ok: true }));
  await sendForJson(connection, 'GET', '/v1/me', { accessToken: 'token' });
  expect(asked[0]?.headers.get('Authorization')).toBe('DPoP token');
  expect(asked[0]?.proof).toMatchObject({ htm: 'GET', htu: 'https://login.example/v1/me' });
  expect(asked[0]?.proof).toHaveProperty('ath');
});

test('a wanted nonce is put into a second try, and kept for later', async () => {
  const wanted = json({ code: 'use_dpop_nonce' }, 401, { 'DPoP-Nonce': 'n1' });
  const { connection, asked } = await standIn(wanted, json({}), json({}));
  await send(connection, 'POST', '/v1/holds', { json: {}, proof: true });
  await send(connection, 'POST', '/v1/holds', { json: {}, proof: true });
  expect(asked.map(request => request.proof?.nonce)).toEqual([undefined, 'n1', 'n1']);
  expect(asked[0]?.proof?.jti).not.toBe(asked[1]?.proof?.jti);
});

test('a nonce that is never enough is asked for once only', async () => {
  const again = () => json({ error: 'use_dpop_nonce' }, 400, { 'DPoP-Nonce': 'n' });
  const { connection, asked } = await standIn(again, again, again);
  const sent = send(connection, 'POST', '/oauth/token', { form: {}, proof: true });
  await expect(sent).rejects.toMatchObject({ code: 'use_dpop_nonce' });
  expect(asked).toHaveLength(2);
});

test('a problem becomes an error with its stable code and members', async () => {
  const { connection } = await standIn(
    problem(422, 'wrong_code', { tries_left: 2, detail: 'No.', retry_after: 7 }),
  );
  const error = await send(connection, 'POST', '/x').catch(caught => caught);
  expect(error).toBeInstanceOf(CountersignError);
  expect(error).toMatchObject({
    code: 'wrong_code',
    status: 422,
    triesLeft: 2,
    detail: 'No.',
    requestId: 'r1',
    retryAfter: 7,
  });
});

test.each([
  [problem(403, 'phone_waiting', { approves_in: 3600 }), { approvesIn: 3600 }],
  [problem(422, 'password_rejected', { reason: 'common' }), { reason: 'common' }],
])('a problem with members of its own keeps them', async (answer, members) => {
  const { connection } = await standIn(answer);
  await expect(send(connection, 'POST', '/x')).rejects.toMatchObject(members);
});

test('an OAuth error becomes the same kind of error', async () => {
  const { connection } = await standIn(
    json({ error: 'access_denied', error_description: 'Declined.' }, 400),
  );
  await expect(send(connection, 'POST', '/oauth/token')).rejects.toMatchObject({
    code: 'access_denied',
    detail: 'Declined.',
  });
});

test.each([
  [429, 'slow_down'],
  [502, 'busy'],
  [503, 'busy'],
  [418, 'bad_answer'],
])('an answer %i that is not ours becomes %s', async (status, code) => {
  const { connection } = await standIn(
    new Response('<html>', { status, headers: { 'Retry-After': '20' } }),
  );
  await expect(send(connection, 'GET', '/x')).rejects.toMatchObject({ code, retryAfter: 20 });
});

test('no answer at all is a network error', async () => {
  const { connection } = await standIn(new TypeError('failed to fetch'));
  await expect(send(connection, 'GET', '/x')).rejects.toMatchObject({ code: 'network', status: 0 });
});

test('a successful answer that is no JSON is refused', async () => {
  const { connection } = await standIn(new Response('<html>'));
  await expect(sendForJson(connection, 'GET', '/x')).rejects.toMatchObject({ code: 'bad_answer' });
});

test('an abort stays an abort', async () => {
  const abort = new AbortController();
  abort.abort();
  const { connection } = await standIn(() => {
    throw abort.signal.reason;
  });
  const sent = send(connection, 'GET', '/x', { signal: abort.signal });
  await expect(sent).rejects.toMatchObject({ name: 'AbortError' });
});

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { RecoverPage } from '../src/recover/flow.ts';
import { timeLeft } from '../src/time.ts';
import { type Answers, answers, DONE, SIGNED_IN, signedIn } from './answers.ts';
import { authenticator, withoutAuthenticator } from './authenticator.ts';
import { blankPage, find } from './page.ts';
import { json, problem } from './wire.ts';

beforeEach(blankPage);
afterEach(withoutAuthenticator);

const NOW = 1_900_000_000;
const WAITING = {
  how: 'recovery',
  may_approve: false,
  signed_in_at: NOW,
  approves_at: NOW + 86_400,
};

const me = (grant: object) =>
  new Response(JSON.stringify({ account: SIGNED_IN.account, grant }), {
    headers: { 'Content-Type': 'application/json', Date: new Date(NOW * 1000).toUTCString() },
  });

const title = () => document.querySelector('h1')?.textContent;
const text = () => document.querySelector('main')?.textContent;
const said = () => document.querySelector('.message')?.textContent;
const shows = (words: string) => vi.waitFor(() => expect(title()).toBe(words));
const lookAgain = () => window.dispatchEvent(new Event('online'));

async function waiting(...later: Response[]): Promise<Answers> {
  const server = await answers();
  await signedIn(server);
  server.answer('GET /v1/me', me(WAITING), ...later);
  void new RecoverPage(server.page).start();
  await shows('The recovery has started');
  return server;
}

test('a code starts it; a wrong one, or the wrong account, is said in place', async () => {
  const server = await answers();
  await new RecoverPage(server.page).start();
  expect(title()).toBe('Lost your phone?');
  server.answer('POST /v1/recovery', problem(401, 'invalid_credentials'));
  server.answer('POST /v1/recovery', json({ ...SIGNED_IN, may_approve: false }, 201));
  server.answer('GET /v1/me', me(WAITING));
  find<HTMLInputElement>(document, '#account').value = ' anna ';
  find<HTMLInputElement>(document, '#recovery-code').value = 'aaaa-bbbb';
  find(document, 'Start the recovery').click();
  await vi.waitFor(() => expect(said()).toMatch(/don’t match/));
  find(document, 'Start the recovery').click();
  await shows('The recovery has started');
  expect(text()).toContain('24 hours left');
  expect(server.asked[0]?.[1]).toMatchObject({ account: 'anna', code: 'aaaa-bbbb' });
});

test('a reload goes on where it was, and the server’s clock decides what is left', async () => {
  const server = await waiting(me({ ...WAITING, approves_at: NOW + 1800 }));
  expect(text()).toContain('24 hours left');
  lookAgain();
  await vi.waitFor(() => expect(text()).toContain('30 minutes left'));
  expect(server.asked.map(([what]) => what)).toEqual(['GET /v1/me', 'GET /v1/me']);
});

test('it can be stopped here, after a question', async () => {
  const server = await waiting();
  server.answer('DELETE /v1/sessions/current', DONE);
  find(document, 'Stop the recovery').click();
  await vi.waitFor(() => find(document, 'Go on waiting').click());
  expect(title()).toBe('The recovery has started');
  const sure = await vi.waitFor(() => {
    find(document, 'Stop the recovery').click();
    return find<HTMLElement>(document, 'dialog');
  });
  find(sure, 'Stop the recovery').click();
  await shows('Lost your phone?');
  expect(text()).toContain('The recovery is stopped.');
  expect(await server.store.load()).toBeUndefined();
});

test('another device stopped it: that is said', async () => {
  const server = await waiting(problem(401, 'invalid_token'));
  server.answer('POST /oauth/token', json({ error: 'invalid_grant' }, 400));
  lookAgain();
  await shows('The recovery was stopped');
});

describe('after the wait', () => {
  const READY = { ...WAITING, may_approve: true };

  test('a passkey comes first, and nothing old is asked for', async () => {
    const ceremonies = authenticator();
    const server = await waiting(me(READY));
    lookAgain();
    await shows('You are back');
    server.answer('POST /v1/passkeys/options', json({ challenge: 'c', options: {} }));
    server.answer('POST /v1/passkeys', json({ id: 'p', name: 'Passkey' }, 201));
    find(document, 'Make a passkey').click();
    await vi.waitFor(() => expect(ceremonies).toHaveLength(1));
    ceremonies[0]?.answer({ id: 'made' });
    await shows('All yours again');
    expect(server.asked.at(-1)).toMatchObject(['POST /v1/passkeys', { challenge: 'c' }]);
  });

  test('a password does as well, and is judged in place', async () => {
    const server = await waiting(me(READY));
    lookAgain();
    await shows('You are back');
    server.answer('PUT /v1/password', problem(422, 'password_rejected', { reason: 'too_short' }));
    server.answer('PUT /v1/password', json({ ended: 2 }));
    find(document, 'Set a new password').click();
    find<HTMLInputElement>(document, '#new-password').value = 'short';
    find(document, 'Set the password').click();
    await vi.waitFor(() => expect(text()).toContain('That is too short.'));
    find(document, 'Set the password').click();
    await shows('All yours again');
    expect(text()).toContain('Sign-ins ended on other devices: 2.');
  });
});

test('a phone that is signed in by another way has nothing to recover', async () => {
  const server = await answers();
  await signedIn(server);
  server.answer('GET /v1/me', me({ how: 'password', may_approve: true }));
  await new RecoverPage(server.page).start();
  expect(title()).toBe('This phone is signed in');
});

test.each([
  [86_400, '24 hours'],
  [86_401, '25 hours'],
  [7200, '2 hours'],
  [5400, '90 minutes'],
  [61, '2 minutes'],
  [1, '1 minute'],
])('%d seconds are %s yet', (seconds, words) => {
  expect(timeLeft(seconds)).toBe(words);
});

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { takeFragment } from '../src/fragment.ts';
import { Welcome } from '../src/welcome/flow.ts';
import { type Answers, answers, DONE, SIGNED_IN, signedIn } from './answers.ts';
import { authenticator, withoutAuthenticator } from './authenticator.ts';
import { blankPage, find } from './page.ts';
import { json, problem } from './wire.ts';

beforeEach(blankPage);
afterEach(withoutAuthenticator);

const LOOK = 'POST /v1/invitations/look';
const ACCEPT = 'POST /v1/invitations/accept';
const INVITATION = { account: 'anna', name: 'Anna', expires_in: 600_000, passkeys: true };

const title = () => document.querySelector('h1')?.textContent;
const said = () => document.querySelector('.message')?.textContent;
const shows = (text: string) => vi.waitFor(() => expect(title()).toBe(text));

async function opened(server: Answers, invitation: object = INVITATION): Promise<void> {
  server.answer(LOOK, json(invitation));
  new Welcome(server.page).open('secret');
  find(document, 'Open the invitation').click();
  await shows('Welcome, Anna');
}

test('the secret leaves the address and the history before anything is done with it', () => {
  history.pushState(null, '', '/welcome#secret');
  const before = history.length;
  expect(takeFragment()).toBe('secret');
  expect(location.href).not.toContain('secret');
  expect(history.length).toBe(before);
  expect(takeFragment()).toBe('');
});

test('nothing is asked before somebody wants to see the invitation', async () => {
  const server = await answers();
  new Welcome(server.page).open('secret');
  expect(title()).toBe('You are invited');
  expect(server.asked).toEqual([]);
  expect(document.body.innerHTML).not.toContain('secret');
});

test.each([
  ['', 'No invitation here'],
  ['old', 'This invitation is not good any more'],
])('without a good invitation (%o) it says so', async (secret, words) => {
  const server = await answers();
  server.answer(LOOK, problem(404, 'invitation_invalid'));
  new Welcome(server.page).open(secret);
  if (secret) find(document, 'Open the invitation').click();
  await shows(words);
  expect(await server.store.load()).toBeUndefined();
});

describe('where passkeys work', () => {
  test('one comes first; made, this device is the first phone', async () => {
    const ceremonies = authenticator();
    const server = await answers();
    await opened(server);
    expect(document.querySelector('button')?.textContent).toBe('Use a passkey');
    server.answer('POST /v1/passkeys/options', json({ challenge: 'c', options: {} }));
    server.answer(ACCEPT, json(SIGNED_IN, 201));
    find(document, 'Use a passkey').click();
    await vi.waitFor(() => expect(ceremonies).toHaveLength(1));
    ceremonies[0]?.answer({ id: 'made' });
    await shows('This phone can now sign computers in');
    expect(server.asked.slice(1)).toMatchObject([
      ['POST /v1/passkeys/options', { purpose: 'invitation', invitation: 'secret' }],
      [ACCEPT, { invitation: 'secret', passkey: { challenge: 'c', response: { id: 'made' } } }],
    ]);
    expect(await server.store.load()).toMatchObject({ accessToken: 'a' });
  });

  test('one that was not made is no end: a password is one press away', async () => {
    const ceremonies = authenticator();
    const server = await answers();
    await opened(server);
    server.answer('POST /v1/passkeys/options', json({ challenge: 'c', options: {} }));
    find(document, 'Use a passkey').click();
    await vi.waitFor(() => expect(ceremonies).toHaveLength(1));
    ceremonies[0]?.refuse('NotAllowedError');
    await vi.waitFor(() => expect(said()).toMatch(/No passkey was used/));
    find(document, 'Use a password').click();
    expect(title()).toBe('Choose a password');
    find(document, 'Back').click();
    expect(title()).toBe('Welcome, Anna');
  });
});

test('without passkeys a password is asked for at once, and judged in place', async () => {
  const server = await answers();
  await opened(server, { ...INVITATION, passkeys: false });
  server.answer(ACCEPT, problem(422, 'password_rejected', { reason: 'common' }));
  server.answer(ACCEPT, json(SIGNED_IN, 201));
  find<HTMLInputElement>(document, '#password').value = 'password';
  find(document, 'Start with this password').click();
  await vi.waitFor(() => expect(said()).toMatch(/Too many people use that password/));
  find(document, 'Start with this password').click();
  await shows('This phone can now sign computers in');
});

test('an invitation that went bad meanwhile is said', async () => {
  const server = await answers();
  await opened(server, { ...INVITATION, passkeys: false });
  server.answer(ACCEPT, problem(404, 'invitation_invalid'));
  find<HTMLInputElement>(document, '#password').value = 'some long words';
  find(document, 'Start with this password').click();
  await shows('This invitation is not good any more');
});

test('who is signed in here before is told, and signed out only once it is taken up', async () => {
  const server = await answers();
  await signedIn(server);
  await opened(server, { ...INVITATION, passkeys: false });
  expect(document.body.textContent).toContain('signed in as Anna now');
  server.answer(ACCEPT, problem(503, 'busy'), json({ ...SIGNED_IN, access_token: 'b' }, 201));
  server.answer('DELETE /v1/sessions/current', DONE);
  find<HTMLInputElement>(document, '#password').value = 'some long words';
  find(document, 'Start with this password').click();
  await vi.waitFor(() => expect(said()).toMatch(/busy/));
  expect(await server.store.load()).toMatchObject({ accessToken: 'a' });
  find(document, 'Start with this password').click();
  await shows('This phone can now sign computers in');
  expect(server.asked.at(-1)?.[0]).toBe('DELETE /v1/sessions/current');
  expect(await server.store.load()).toMatchObject({ accessToken: 'b' });
});

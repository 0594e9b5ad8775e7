import { connect, generateDeviceKey, type StoredSession } from '@countersign/browser';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Phone } from '../src/phone/flow.ts';
import { keepEnd, keptEnd } from '../src/phone/request.ts';
import { Stage } from '../src/stage.ts';
import { authenticator, type Ceremony, withoutAuthenticator } from './authenticator.ts';
import { blankPage, find } from './page.ts';
import { json, problem } from './wire.ts';

let asked: Ceremony[];

beforeEach(() => {
  blankPage();
  sessionStorage.clear();
  asked = authenticator();
});
afterEach(() => {
  vi.useRealTimers();
  withoutAuthenticator();
});

const SESSION = {
  access_token: 'a',
  token_type: 'DPoP',
  expires_in: 600,
  account: { id: '1', name: 'Anna' },
  device: { id: '2', name: 'Phone', kind: 'browser' },
  role: 'phone',
  may_approve: true,
};
const KEPT: StoredSession = {
  clientId: 'countersign',
  accessToken: 'a',
  refreshToken: 'r',
  account: { id: '1', name: 'Anna' },
  device: undefined,
};

type Answers = Record<string, () => Response>;

/** A phone at a server that answers like this, and has no network for anything else. */
async function phone(answers: Answers, kept?: StoredSession) {
  const sent: { what: string; json: Record<string, unknown> }[] = [];
  const fetch = async (input: RequestInfo | URL, init?: RequestInit) => {
    const what = `${init?.method} ${new URL(String(input)).pathname}`;
    sent.push({ what, json: JSON.parse(String(init?.body ?? '{}')) });
    const answer = answers[what];
    if (!answer) throw new TypeError('failed to fetch');
    return answer();
  };
  const key = await generateDeviceKey();
  const connection = connect({ issuer: 'https://login.example', key, fetch });
  const none = async () => undefined;
  const store = { name: 'phone', load: async () => kept, save: none, clear: none };
  const storage = { deviceKey: generateDeviceKey, sessions: () => store };
  const page = { stage: new Stage(), connection, storage, host: 'login.example' };
  return { phone: new Phone(page, false), sent };
}

const text = () => document.querySelector('#stage')?.textContent ?? '';
const shows = (what: string) => vi.waitFor(() => expect(text()).toContain(what));
const CHALLENGE = () => json({ challenge: 'sealed', expires_in: 300, options: {} });

describe('signing in', () => {
  const answers: Answers = {
    'POST /v1/passkeys/options': CHALLENGE,
    'POST /v1/sessions': () => json(SESSION, 201),
  };

  test('by passkey, beside the password', async () => {
    const { phone: opened, sent } = await phone(answers);
    await opened.start();
    await shows('Sign in on this phone');
    find(document, '#password');
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    expect(asked[0]?.mediation).toBe('conditional');
    find(document, 'Sign in with a passkey').click();
    await vi.waitFor(() => expect(asked).toHaveLength(2));
    asked[1]?.answer({ id: 'k' });
    await shows('Hello, Anna');
    expect(sent.find(({ what }) => what === 'POST /v1/sessions')?.json).toMatchObject({
      passkey: { challenge: 'sealed', response: { id: 'k' } },
    });
  });

  test('too many passwords are counted down, and none is sent meanwhile', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const refused = () => problem(429, 'slow_down', { retry_after: 20 });
    const { phone: opened, sent } = await phone({ ...answers, 'POST /v1/sessions': refused });
    await opened.start();
    const form = await vi.waitUntil(() => document.querySelector('form'));
    find<HTMLInputElement>(form, '#account').value = 'anna';
    find<HTMLInputElement>(form, '#password').value = 'wrong';
    form.requestSubmit();
    await vi.waitUntil(() => text().includes('Try again in 20 s.'));
    await vi.advanceTimersByTimeAsync(5000);
    expect(text()).toContain('Try again in 15 s.');
    form.requestSubmit();
    await vi.waitUntil(() => text().includes('Too many tries.'));
    expect(sent.filter(({ what }) => what === 'POST /v1/sessions')).toHaveLength(1);
  });
});

describe('a request', () => {
  const scanned = (refusal: () => Response) => phone({ 'POST /v1/scans': refusal }, KEPT);
  const look = async (made: Awaited<ReturnType<typeof phone>>) => {
    await made.phone.invite('AAECAwQFBgcICQoLDA0ODw.GypVt34Btu0', 'link');
    find(document, 'Look at this request').click();
  };

  test('that takes a passkey leads to adding one where there is none', async () => {
    await look(await scanned(() => problem(403, 'passkey_required', { has_passkey: false })));
    await shows('This takes a passkey');
    expect(find<HTMLAnchorElement>(document, 'a.primary').getAttribute('href')).toBe(
      '/account#passkeys',
    );
    expect(sessionStorage).toHaveLength(0);
  });

  test.each([
    ['far', 'on a computer that is far from your phone'],
    ['network', 'only from certain networks'],
    ['unknown_desktop', 'only computers that signed in to your account before'],
    ['unregistered_desktop', 'only computers that its operator registered'],
    ['link', 'Open the scanner here'],
    ['account', 'waits for somebody else'],
    ['something_new', 'This sign-in isn’t allowed from here.'],
  ])('that rules refuse (%s) says why', async (reason, words) => {
    await look(await scanned(() => problem(403, 'not_allowed_here', { reason })));
    await shows(words);
  });
});

describe('a sign-in that can be undone', () => {
  const end = { grant: 'g', client: 'Shop', act: undefined };
  const answers: Answers = { 'POST /v1/grants/g/undo': () => json({ ended: 1 }) };

  test('still can after a reload, until it was or is left', async () => {
    keepEnd(end);
    const { phone: opened } = await phone(answers, KEPT);
    await opened.start();
    await shows('The computer is signed in to Shop as Anna.');
    find(document, 'Undo').click();
    await shows('Undone');
    expect(keptEnd()).toBeUndefined();
  });

  test('is forgotten on the way home', async () => {
    keepEnd(end);
    const { phone: opened } = await phone(answers, KEPT);
    await opened.start();
    await shows('Signed in');
    find(document, 'Done').click();
    await shows('Hello, Anna');
    expect(keptEnd()).toBeUndefined();
  });

  test('takes a phone that is signed in', async () => {
    keepEnd(end);
    const { phone: opened } = await phone(answers);
    await opened.start();
    await shows('Sign in on this phone');
  });
});

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SignIn } from '../src/sign-in/flow.ts';
import { blankPage, find } from './page.ts';
import { problem, Wire } from './wire.ts';

let wire: Wire;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  blankPage();
  wire = new Wire();
});
afterEach(() => {
  // The page goes: what ran on it is over.
  window.dispatchEvent(new Event('pagehide'));
  vi.useRealTimers();
  document.head.replaceChildren();
});

const heading = () => document.querySelector('h1')?.textContent ?? '';
const text = () => document.querySelector('#stage')?.textContent ?? '';
const shows = (what: string) => vi.waitUntil(() => text().includes(what));
const press = (name: string) => find(document, name).click();
const LOGIN = '/v1/logins/AAECAwQFBgcICQoLDA0ODw';

/** Opens the page; by default for somebody who is not signed in. */
async function open() {
  const page = await wire.page();
  const signIn = new SignIn(page);
  signIn.start();
  await vi.waitUntil(() => !text().includes('One moment'));
  return signIn;
}

function fill(field: string, value: string): void {
  const input = find<HTMLInputElement>(document, `#${field}`);
  input.value = value;
  input.dispatchEvent(new Event('input', { bubbles: true }));
}

/** Fills in fields and sends their form. */
function send(fields: Record<string, string>): void {
  for (const [field, value] of Object.entries(fields)) fill(field, value);
  find<HTMLFormElement>(document, 'form').requestSubmit();
}

describe('by phone', () => {
  test('from the code to the cookie, without a token', async () => {
    await open();
    expect(heading()).toBe('Sign in with your phone');
    expect(wire.asked.find(({ what }) => what === 'POST /v1/logins')?.json).toMatchObject({
      client_id: 'countersign',
    });
    wire.move('scanned');
    await shows('Continue on your phone');
    wire.move('checking');
    await shows('Type the code your phone shows');
    fill('code', '654321');
    await shows('2 tries left');
    fill('code', '123456');
    await shows('Signed in as Anna');
    expect(find<HTMLAnchorElement>(document, 'a[href="/account"]').textContent).toBe(
      'Your account',
    );
    expect(wire.times(`POST ${LOGIN}/session`)).toBe(1);
    for (const { what, init, headers } of wire.asked) {
      expect(what).not.toContain('/oauth/');
      expect(init.credentials).toBe('same-origin');
      expect(headers.has('Authorization')).toBe(false);
    }
  });

  test('a collect whose answer was lost for too long is looked up', async () => {
    await open();
    wire.instead.set(`POST ${LOGIN}/session`, [problem(404, 'unknown_login')]);
    wire.signIn();
    wire.move('confirmed');
    await shows('Signed in as Anna');
  });

  test('a collect that is refused says how it ended', async () => {
    await open();
    const refusal = problem(410, 'login_ended', { state: 'denied' });
    wire.instead.set(`POST ${LOGIN}/session`, [refusal]);
    wire.move('confirmed');
    await shows('The sign-in was declined');
  });

  test('a cookie that the browser does not keep is said', async () => {
    await open();
    wire.instead.set('GET /v1/me', [problem(401, 'invalid_token')]);
    wire.move('confirmed');
    await shows('This browser keeps nothing for this page');
  });

  test.each(['denied', 'cancelled', 'expired'] as const)('%s leads to a new code', async state => {
    await open();
    wire.move(state);
    await vi.waitUntil(() => text().includes('Show a new code'));
    press('Show a new code');
    await shows('Sign in with your phone');
    expect(wire.times('POST /v1/logins')).toBe(2);
  });

  test('a code whose time is up is blurred though nobody can be asked, and the truth still comes', async () => {
    wire.lifetime = 60;
    await open();
    wire.offline = true;
    window.dispatchEvent(new Event('offline'));
    await vi.advanceTimersByTimeAsync(59_000);
    expect(heading()).toBe('Sign in with your phone');
    await vi.advanceTimersByTimeAsync(5_000);
    expect(heading()).toBe('Time is up');
    expect(find(document, '.code-card').classList).toContain('retired');
    expect(find(document, '.notice').textContent).toMatch(/^No connection/);
    wire.offline = false;
    window.dispatchEvent(new Event('online'));
    await shows('Sign in with your phone');
    wire.move('scanned');
    await shows('Continue on your phone');
  });

  test('a login that the server has forgotten is over', async () => {
    wire.instead.set(`POST ${LOGIN}/wait`, [problem(404, 'unknown_login')]);
    await open();
    await shows('Time is up');
  });

  test('a code that may be old is blurred until the server has answered', async () => {
    await open();
    const doubted = () => find(document, '.code-card').classList.contains('doubted');
    expect(doubted()).toBe(false);
    wire.offline = true;
    document.dispatchEvent(new Event('visibilitychange'));
    expect(doubted()).toBe(true);
    wire.offline = false;
    await vi.advanceTimersByTimeAsync(15_000);
    await vi.waitUntil(() => !doubted());
  });

  test('too many requests are counted down', async () => {
    wire.instead.set('POST /v1/logins', [problem(429, 'slow_down', { retry_after: 20 })]);
    const page = await wire.page();
    new SignIn(page).start();
    await vi.waitUntil(() => find(document, '.notice').textContent !== '');
    expect(find(document, '.notice').textContent).toBe('Too many requests. Trying again in 20 s.');
    await vi.advanceTimersByTimeAsync(20_000);
    await shows('Sign in with your phone');
    expect(find(document, '.notice').hidden).toBe(true);
  });

  test('a page that goes takes its login back and shows nothing; one that comes back starts anew', async () => {
    await open();
    window.dispatchEvent(new Event('pagehide'));
    const cancel = wire.asked.find(({ what }) => what === `POST ${LOGIN}/cancel`);
    expect(cancel?.init.keepalive).toBe(true);
    expect(text()).toBe('One moment …');
    wire.signIn();
    window.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));
    await shows('Signed in as Anna');
  });

  test('turning to another way takes the login back', async () => {
    await open();
    press('Password');
    await shows('Sign in with your password');
    await vi.waitUntil(() => wire.times(`POST ${LOGIN}/cancel`) === 1);
    press('Phone');
    await shows('Scan the code');
    expect(wire.times('POST /v1/logins')).toBe(2);
  });
});

describe('signed in', () => {
  beforeEach(() => wire.signIn());

  test('what an earlier version kept is cleared', async () => {
    const clear = vi.fn(async () => undefined);
    const page = await wire.page(clear);
    await Promise.race([new SignIn(page).start(), shows('Signed in as Anna')]);
    expect(clear).toHaveBeenCalled();
  });

  test('signing out ends it at the server, and says so', async () => {
    await open();
    expect(text()).toContain('Not you?');
    press('Sign out');
    await shows('You are signed out');
    expect(wire.signedIn).toBeUndefined();
    press('Sign in again');
    await shows('Sign in with your phone');
  });

  test('a sign-out that does not reach the server is not claimed', async () => {
    await open();
    wire.offline = true;
    press('Sign out');
    await shows('You are still signed in. The server can’t be reached.');
    expect(heading()).toBe('Signed in as Anna');
    wire.offline = false;
    press('Sign out');
    await shows('You are signed out');
  });

  test('an end from elsewhere is seen within 30 seconds, and at once when the page is seen', async () => {
    await open();
    await vi.advanceTimersByTimeAsync(20_000);
    wire.signedIn = undefined;
    await vi.advanceTimersByTimeAsync(10_000);
    await shows('You were signed out');
    wire.signIn();
    press('Sign in again');
    await shows('Sign in with your phone');
  });

  test('an end from elsewhere is seen at once when the page is seen again', async () => {
    await open();
    wire.signedIn = undefined;
    document.dispatchEvent(new Event('visibilitychange'));
    await shows('You were signed out');
  });
});

describe('by password', () => {
  async function openPassword() {
    await open();
    press('Password');
    await shows('Sign in with your password');
  }

  test('Enter signs in, as a desktop', async () => {
    await openPassword();
    expect(find<HTMLInputElement>(document, '#account').autocomplete).toBe('username');
    expect(find<HTMLInputElement>(document, '#password').autocomplete).toBe('current-password');
    send({ account: ' anna ', password: 'right horse' });
    await shows('Signed in as Anna');
    const asked = wire.asked.find(({ what }) => what === 'POST /v1/sessions');
    expect(asked?.json).toMatchObject({ account: 'anna', role: 'desktop' });
  });

  test('a wrong one is said, and can be mended', async () => {
    await openPassword();
    send({ account: 'anna', password: 'wrong' });
    await shows('Account and password don’t match.');
    expect(document.activeElement?.id).toBe('password');
    send({ password: 'right horse' });
    await shows('Signed in as Anna');
  });

  test('too many tries are counted down, and nothing is sent meanwhile', async () => {
    await openPassword();
    wire.instead.set('POST /v1/sessions', [problem(429, 'slow_down', { retry_after: 20 })]);
    send({ account: 'anna', password: 'right horse' });
    await shows('Too many tries.');
    await shows('Try again in 20 s.');
    await vi.advanceTimersByTimeAsync(5_000);
    expect(text()).toContain('Try again in 15 s.');
    send({});
    await shows('Too many tries.');
    expect(wire.times('POST /v1/sessions')).toBe(1);
    await vi.advanceTimersByTimeAsync(15_000);
    send({});
    await shows('Signed in as Anna');
  });

  test('a lost network is said', async () => {
    await openPassword();
    wire.offline = true;
    send({ account: 'anna', password: 'right horse' });
    await shows('The server can’t be reached.');
  });
});

describe('a new account', () => {
  async function openRegistration() {
    const meta = document.createElement('meta');
    meta.name = 'countersign-registration';
    meta.content = 'open';
    document.head.append(meta);
    await open();
    press('Register');
    await shows('Make an account');
  }

  test('is offered only where the server takes new ones', async () => {
    await open();
    expect(text()).not.toContain('Register');
  });

  test('is made, and signed in with at once', async () => {
    await openRegistration();
    send({ account: 'anna', password: 'right horse', again: 'right horse' });
    await shows('Signed in as Anna');
    expect(wire.asked.find(({ what }) => what === 'POST /v1/accounts')?.json).toEqual({
      account: 'anna',
      password: 'right horse',
    });
  });

  test('tells what is missing while one types, and sends nothing before it is there', async () => {
    await openRegistration();
    const checks = () => find(document, '.checks').textContent;
    expect(checks()).toBe('At least 8 characters(not yet)Twice the same(not yet)');
    fill('password', 'right horse');
    expect(checks()).toBe('At least 8 characters(done)Twice the same(not yet)');
    send({ account: 'anna', again: 'right hrose' });
    await shows('The two passwords differ.');
    expect(document.activeElement?.id).toBe('again');
    send({ password: 'short', again: 'short' });
    await shows('That is too short.');
    expect(wire.times('POST /v1/accounts')).toBe(0);
  });

  test('a password that is shown need not be typed twice', async () => {
    await openRegistration();
    find(document, '#password-shown').click();
    expect(find(document, '#again').parentElement?.hidden).toBe(true);
    send({ account: 'anna', password: 'right horse' });
    await shows('Signed in as Anna');
  });

  test.each([
    [problem(422, 'name_rejected'), 'small letters, digits and . _ - @ + for the name', 'account'],
    [problem(422, 'password_rejected', { reason: 'common' }), 'Too many people use', 'password'],
    [problem(403, 'registration_closed'), 'takes no new accounts', undefined],
  ])('a refusal is said where it belongs', async (refusal, words, field) => {
    await openRegistration();
    wire.instead.set('POST /v1/accounts', [refusal]);
    send({ account: 'anna', password: 'right horse', again: 'right horse' });
    await shows(words);
    if (field) expect(document.activeElement?.id).toBe(field);
  });

  test('a name that was taken is said to be no good, and no more', async () => {
    await openRegistration();
    send({ account: 'anna', password: 'other horse', again: 'other horse' });
    await shows('That name can’t be used.');
    expect(document.activeElement?.id).toBe('account');
  });
});

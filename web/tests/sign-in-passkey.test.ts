import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SignIn } from '../src/sign-in/flow.ts';
import { authenticator, type Ceremony, withoutAuthenticator } from './authenticator.ts';
import { blankPage, find } from './page.ts';
import { problem, Wire } from './wire.ts';

let wire: Wire;
let asked: Ceremony[];

beforeEach(() => {
  blankPage();
  localStorage.clear();
  wire = new Wire();
  asked = authenticator();
});
afterEach(() => {
  window.dispatchEvent(new Event('pagehide'));
  withoutAuthenticator();
});

const LOGIN = '/v1/logins/AAECAwQFBgcICQoLDA0ODw';
const text = () => document.querySelector('#stage')?.textContent ?? '';
const heading = () => document.querySelector('h1')?.textContent ?? '';
const shows = (what: string) => vi.waitFor(() => expect(text()).toContain(what));
const press = (name: string) => find(document, name).click();
const ceremonies = (count: number) => vi.waitFor(() => expect(asked).toHaveLength(count));
const bodies = (what: string) => wire.asked.filter(one => one.what === what).map(one => one.json);

async function open() {
  new SignIn(await wire.page()).start();
  await vi.waitFor(() => expect(text()).not.toContain('One moment'));
}

describe('by passkey', () => {
  test('first: above the code, which is there as well', async () => {
    await open();
    const way = find(document, '.passkey-way');
    const code = find(document, '.code-card');
    const { DOCUMENT_POSITION_FOLLOWING: FOLLOWING } = Node;
    expect(way.compareDocumentPosition(code) & FOLLOWING).toBe(FOLLOWING);
  });

  test('signs in as a computer, and takes the code back', async () => {
    await open();
    press('Sign in with a passkey');
    await ceremonies(1);
    asked[0]?.answer({ id: 'k' });
    await shows('Signed in as Anna');
    expect(text()).toContain('by passkey');
    expect(bodies('POST /v1/sessions')).toMatchObject([
      { role: 'desktop', passkey: { challenge: 'sealed sign-in', response: { id: 'k' } } },
    ]);
    expect(wire.times(`POST ${LOGIN}/cancel`)).toBe(1);
    // Who came with one needs none.
    expect(text()).not.toContain('Next time without your phone');
  });

  test('one that led nowhere leaves the code as it is', async () => {
    await open();
    press('Sign in with a passkey');
    await ceremonies(1);
    asked[0]?.refuse('NotAllowedError');
    await shows('No passkey was used.');
    expect(heading()).toBe('Sign in with your phone');
    expect(wire.times(`POST ${LOGIN}/cancel`)).toBe(0);
    wire.move('scanned');
    await shows('Continue on your phone');
  });

  test('a phone that scans meanwhile ends what the browser asks', async () => {
    await open();
    press('Sign in with a passkey');
    await ceremonies(1);
    wire.move('scanned');
    await shows('Continue on your phone');
    expect(asked[0]?.signal?.aborted).toBe(true);
  });

  test('the browser offers it in the field for the account, for as long as that is there', async () => {
    await open();
    press('Password');
    await ceremonies(1);
    expect(asked[0]?.mediation).toBe('conditional');
    press('Phone');
    await shows('Scan the code');
    expect(asked[0]?.signal?.aborted).toBe(true);
    expect(asked).toHaveLength(1);
  });

  test('is not offered where the server can’t', async () => {
    document.head.replaceChildren();
    await open();
    expect(text()).not.toContain('passkey');
  });
});

describe('a passkey for the next time', () => {
  const START = 'Add a passkey on this computer';

  async function allowed(...collected: Wire['collected']) {
    wire.signIn();
    await open();
    press(START);
    await shows('approve it there with your passkey');
    wire.collected = collected;
    wire.move('confirmed');
  }

  test('is allowed by a phone, and then made here', async () => {
    await allowed({}, { may_add_passkey_until: 300 });
    await shows('Add the passkey now');
    expect(bodies('POST /v1/logins')).toMatchObject([
      { client_id: 'countersign', act: 'add_passkey', login_hint: 'anna' },
    ]);
    expect(document.activeElement?.textContent).toBe('Add the passkey');
    expect(asked).toEqual([]);
    press('Add the passkey');
    await ceremonies(1);
    asked[0]?.answer({ id: 'new' });
    await shows('Passkey added');
    expect(bodies('POST /v1/passkeys')).toEqual([
      { challenge: 'sealed add', response: { id: 'new' } },
    ]);
  });

  test('that was not made can be tried again, and is asked anew when it took too long', async () => {
    await allowed({}, { may_add_passkey_until: 300 });
    await shows('Add the passkey now');
    press('Add the passkey');
    await ceremonies(1);
    asked[0]?.refuse('NotAllowedError');
    await shows('No passkey was added.');
    await vi.waitFor(() => expect(document.querySelector('[aria-disabled]')).toBeNull());
    wire.instead.set('POST /v1/passkeys', [problem(403, 'verification_required')]);
    press('Add the passkey');
    await ceremonies(2);
    asked[1]?.answer({});
    await shows('That took too long.');
    find(document, START);
  });

  test('is not made for another account than the one that asked', async () => {
    await allowed({ id: '9', name: 'Ben' }, { may_add_passkey_until: 300 });
    await shows('That was approved for another account');
    expect(heading()).toBe('Signed in as Ben');
    expect(() => find(document, 'Add the passkey')).toThrow();
  });

  test.each(['denied', 'cancelled', 'expired'] as const)(
    'that was %s leaves who is signed in',
    async state => {
      wire.signIn();
      await open();
      press(START);
      await shows('approve it there with your passkey');
      wire.move(state);
      await vi.waitFor(() => find(document, 'Show a new code'));
      expect(text()).not.toContain('Nobody is signed in');
      press('Back');
      await shows('Signed in as Anna');
    },
  );

  test('is left without a trace', async () => {
    wire.signIn();
    await open();
    press(START);
    await shows('approve it there with your passkey');
    press('Back');
    await shows('Signed in as Anna');
    await vi.waitFor(() => expect(wire.times(`POST ${LOGIN}/cancel`)).toBe(1));
  });

  test('is not offered again once that was not wanted', async () => {
    wire.signIn();
    await open();
    press('Don’t offer this again');
    expect(text()).not.toContain(START);
    window.dispatchEvent(new Event('pagehide'));
    await open();
    await shows('Signed in as Anna');
    expect(text()).not.toContain(START);
  });

  test('begins on the phone where the account has none', async () => {
    wire.signIn({ passkeys: 0 });
    await open();
    await shows('Open https://login.example/account on your phone');
    expect(() => find(document, START)).toThrow();
  });
});

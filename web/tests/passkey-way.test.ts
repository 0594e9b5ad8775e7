import { CountersignError, connect, generateDeviceKey } from '@countersign/browser';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { PasskeyWay } from '../src/passkey-way.ts';
import { authenticator, type Ceremony, withoutAuthenticator } from './authenticator.ts';
import { blankPage, find } from './page.ts';
import { json, problem } from './wire.ts';

let asked: Ceremony[];

beforeEach(() => {
  blankPage();
  asked = authenticator();
});
afterEach(() => {
  vi.useRealTimers();
  withoutAuthenticator();
});

const CHALLENGE = { challenge: 'sealed', expires_in: 300, options: {} };

/** The way in at a server that answers questions for challenges with these, and then as usual. */
async function way(...answers: (Response | Error)[]) {
  const left = new AbortController();
  const enter = vi.fn(async () => undefined);
  const fetch = vi.fn(async () => {
    const answer = answers.shift() ?? json(CHALLENGE);
    if (answer instanceof Error) throw answer;
    return answer;
  });
  const key = await generateDeviceKey();
  const connection = connect({ issuer: 'https://login.example', key, fetch });
  const made = new PasskeyWay({ connection, signal: left.signal, enter }, 'passkey.hint');
  document.querySelector('#stage')?.append(made.root);
  const field = document.createElement('input');
  const press = () => find(made.root, 'Sign in with a passkey').click();
  const said = () => made.root.querySelector('.message')?.textContent;
  const nth = (count: number) => vi.waitFor(() => expect(asked).toHaveLength(count));
  return { way: made, left, enter, fetch, field, press, said, nth };
}

describe('the button', () => {
  test('lets in with what the passkey proved', async () => {
    const { press, enter, nth } = await way();
    press();
    await nth(1);
    expect(asked[0]?.mediation).toBeUndefined();
    asked[0]?.answer({ id: 'k' });
    const proof = { challenge: 'sealed', response: { id: 'k' } };
    await vi.waitFor(() => expect(enter).toHaveBeenCalledWith(proof, expect.anything()));
  });

  test('says calmly that none was used, and can be pressed again', async () => {
    const { press, said, nth, enter } = await way();
    press();
    await nth(1);
    asked[0]?.refuse('NotAllowedError');
    await vi.waitFor(() =>
      expect(said()).toBe('No passkey was used. Try again, or choose another way.'),
    );
    await vi.waitFor(() => expect(document.querySelector('[aria-disabled]')).toBeNull());
    press();
    await nth(2);
    expect(said()).toBe('');
    expect(enter).not.toHaveBeenCalled();
  });

  test('says that a passkey is not known here', async () => {
    const { press, said, nth, enter } = await way();
    enter.mockRejectedValueOnce(new CountersignError('invalid_credentials', { status: 401 }));
    press();
    await nth(1);
    asked[0]?.answer({});
    await vi.waitFor(() => expect(said()).toMatch(/^That passkey opens no account here/));
  });

  test('counts down when it was too often, and asks nothing meanwhile', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const { press, way: made, fetch } = await way(problem(429, 'slow_down', { retry_after: 9 }));
    press();
    await vi.waitUntil(() => made.root.textContent?.includes('Try again in 9 s.'));
    expect(made.root.textContent).toContain('Too many tries.');
    press();
    expect(fetch).toHaveBeenCalledOnce();
    await vi.advanceTimersByTimeAsync(9000);
    press();
    await vi.waitUntil(() => asked.length === 1);
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  test('ends what the browser shows when something else begins, and says nothing of it', async () => {
    const { way: made, press, said, nth } = await way();
    press();
    await nth(1);
    made.stop();
    expect(asked[0]?.signal?.aborted).toBe(true);
    await vi.waitFor(() => expect(document.querySelector('[aria-disabled]')).toBeNull());
    expect(said()).toBe('');
  });
});

describe('the offer in the field', () => {
  test('is the browser’s own, and lets in', async () => {
    const { way: made, field, enter, nth } = await way();
    made.offerIn(field);
    await nth(1);
    expect(field.getAttribute('autocomplete')).toBe('username webauthn');
    expect(asked[0]?.mediation).toBe('conditional');
    asked[0]?.answer({});
    await vi.waitFor(() => expect(enter).toHaveBeenCalledOnce());
  });

  test('makes way for the button, and comes back when that led nowhere', async () => {
    const { way: made, field, press, nth } = await way();
    made.offerIn(field);
    await nth(1);
    press();
    await nth(2);
    expect(asked[0]?.signal?.aborted).toBe(true);
    asked[1]?.refuse('NotAllowedError');
    await nth(3);
    expect(asked[2]?.mediation).toBe('conditional');
  });

  test('is renewed before its challenge is old', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const { way: made, field, fetch } = await way();
    made.offerIn(field);
    await vi.waitUntil(() => asked.length === 1);
    await vi.advanceTimersByTimeAsync(269_000);
    expect(fetch).toHaveBeenCalledOnce();
    await vi.advanceTimersByTimeAsync(1000);
    await vi.waitUntil(() => asked.length === 2);
    expect(asked[0]?.signal?.aborted).toBe(true);
  });

  test('ends with the view', async () => {
    const { way: made, field, left, fetch, nth } = await way();
    made.offerIn(field);
    await nth(1);
    left.abort();
    expect(asked[0]?.signal?.aborted).toBe(true);
    expect(fetch).toHaveBeenCalledOnce();
  });

  test.each([new TypeError('failed to fetch'), problem(429, 'slow_down')])(
    'that cannot be had leaves the form as it is',
    async answer => {
      const { way: made, field, enter } = await way(answer);
      await made.offerIn(field);
      expect(asked).toEqual([]);
      expect(enter).not.toHaveBeenCalled();
    },
  );

  test('is not made where the browser has none', async () => {
    Reflect.deleteProperty(PublicKeyCredential, 'isConditionalMediationAvailable');
    const { way: made, field, fetch } = await way();
    await made.offerIn(field);
    expect(fetch).not.toHaveBeenCalled();
  });
});

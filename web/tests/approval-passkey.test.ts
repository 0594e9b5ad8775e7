import { CountersignError, type ScanAnswer, type Session } from '@countersign/browser';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Decision } from '../src/phone/decision.ts';
import { Stage } from '../src/stage.ts';
import { authenticator, type Ceremony, withoutAuthenticator } from './authenticator.ts';
import { blankPage, find } from './page.ts';

let asked: Ceremony[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  blankPage();
  asked = authenticator();
});
const left: AbortController[] = [];
afterEach(() => {
  for (const controller of left.splice(0)) controller.abort();
  vi.useRealTimers();
  withoutAuthenticator();
});

const answer = (challenge: string, digest = 'd'): ScanAnswer => ({
  ticket: 't',
  expires_in: 120,
  version: 2,
  context_digest: digest,
  approval: 'passkey',
  passkey_options: { challenge },
  durations: { default_seconds: 60, keep_seconds: 120 },
  context: {
    client: { name: 'Shop', host: 'shop.example', verified: false },
    network: 'same',
    requested_at: 0,
    age_seconds: 1,
    desktop: 'new',
    scopes: [],
    duration_seconds: 60,
    strangers: 0,
    opened_by: 'scanner',
  },
});

/** A request that takes a passkey, at a server that answers confirmations with these in order. */
async function request(anew: ScanAnswer, ...answers: (object | Error)[]) {
  const confirmed: unknown[] = [];
  let tell: (state: string) => void = () => undefined;
  const sendForJson = async (_method: string, _path: string, { json }: { json: object }) => {
    confirmed.push(json);
    const next = answers.shift();
    if (next instanceof Error) throw next;
    return next;
  };
  const send = () =>
    new Promise(resolve => {
      tell = state => {
        const now = { state, version: 3, expires_in: 60, strangers: 0, wrong_codes: 0 };
        const headers = { 'Content-Type': 'application/json' };
        resolve(new Response(JSON.stringify(now), { headers }));
      };
    });
  const session = { account: { id: '1', name: 'Anna' }, sendForJson, send };
  const controller = new AbortController();
  left.push(controller);
  const rescan = vi.fn();
  const scanAnew = vi.fn(async () => anew);
  new Decision({
    stage: new Stage(),
    session: session as unknown as Session,
    answer: answer('first'),
    before: undefined,
    signal: controller.signal,
    rescan,
    scanAnew,
    scanner: vi.fn(),
    home: vi.fn(),
  }).run();
  const proceed = async () => {
    await vi.advanceTimersByTimeAsync(2000);
    const before = asked.length;
    find(document, 'Continue').click();
    await vi.waitUntil(() => asked.length > before);
  };
  return { confirmed, proceed, rescan, scanAnew, tell: (state: string) => tell(state) };
}

const CODE = { state: 'checking', version: 3, expires_in: 120, check_code: '012345' };
const text = () => document.querySelector('#stage')?.textContent ?? '';
const shows = (what: string) => vi.waitUntil(() => text().includes(what));

test('Continue asks for the passkey, and sends what it says with the decision', async () => {
  const { confirmed, proceed } = await request(answer('second'), CODE);
  expect(text()).toContain('after Continue, this phone asks');
  await proceed();
  expect(asked).toMatchObject([{ publicKey: { challenge: 'first' } }]);
  expect(confirmed).toEqual([]);
  asked[0]?.answer({ id: 'k' });
  await shows('Type this code on the computer');
  expect(confirmed).toEqual([
    { ticket: 't', context_digest: 'd', keep: false, assertion: { id: 'k' } },
  ]);
});

test('no passkey, no approval: it can be asked for again', async () => {
  const { confirmed, proceed } = await request(answer('second'), CODE);
  await proceed();
  asked[0]?.refuse('NotAllowedError');
  await shows('No passkey was used, and nothing was approved.');
  expect(confirmed).toEqual([]);
  await vi.waitUntil(() => document.querySelector('[aria-disabled]') === null);
  await proceed();
  expect(text()).not.toContain('No passkey was used');
  asked[1]?.answer({});
  await shows('Type this code');
});

test('a passkey that is refused is said, and the next try has a new challenge', async () => {
  const refusal = new CountersignError('passkey_rejected', { status: 422 });
  const { proceed, scanAnew, rescan } = await request(answer('second'), refusal, CODE);
  await proceed();
  asked[0]?.answer({});
  await shows('That passkey could not be used.');
  expect(scanAnew).toHaveBeenCalledOnce();
  await vi.waitUntil(() => document.querySelector('[aria-disabled]') === null);
  await proceed();
  expect(asked[1]).toMatchObject({ publicKey: { challenge: 'second' } });
  expect(rescan).not.toHaveBeenCalled();
});

test('a request that changed meanwhile is shown anew, not approved', async () => {
  const refusal = new CountersignError('passkey_rejected', { status: 422 });
  const { proceed, rescan } = await request(answer('second', 'other'), refusal);
  await proceed();
  asked[0]?.answer({});
  await vi.waitUntil(() => rescan.mock.calls.length === 1);
});

test('a request that ends meanwhile ends what the browser asks', async () => {
  const { proceed, tell } = await request(answer('second'));
  await proceed();
  tell('cancelled');
  await shows('Cancelled on the computer');
  expect(asked[0]?.signal?.aborted).toBe(true);
});

test('one that was continued before a reload brings its code without another passkey', async () => {
  const { confirmed, tell } = await request(answer('second'), CODE);
  tell('checking');
  await shows('Type this code on the computer');
  expect(asked).toEqual([]);
  expect(confirmed).toEqual([{ ticket: 't', context_digest: 'd', keep: false }]);
});

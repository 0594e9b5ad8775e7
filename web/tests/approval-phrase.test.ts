import { CountersignError, type ScanAnswer, type Session } from '@countersign/browser';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Decision } from '../src/phone/decision.ts';
import { Stage } from '../src/stage.ts';
import { blankPage, find } from './page.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  blankPage();
});
const left: AbortController[] = [];
afterEach(() => {
  for (const controller of left.splice(0)) controller.abort();
  vi.useRealTimers();
});

const answer: ScanAnswer = {
  ticket: 't',
  expires_in: 120,
  version: 2,
  context_digest: 'd',
  approval: 'code',
  durations: { default_seconds: 60, keep_seconds: 120 },
  context: {
    client: { name: 'Shop', host: 'shop.example', verified: false },
    network: 'same',
    phrase: true,
    requested_at: 0,
    age_seconds: 1,
    desktop: 'new',
    scopes: [],
    duration_seconds: 60,
    strangers: 0,
    opened_by: 'scanner',
  },
};

/** A request that takes a phrase, at a server that answers confirmations with these in order. */
function request(...answers: (object | Error)[]) {
  const confirmed: unknown[] = [];
  const sendForJson = async (_method: string, _path: string, { json }: { json: object }) => {
    confirmed.push(json);
    const next = answers.shift();
    if (next instanceof Error) throw next;
    return next;
  };
  const send = () => new Promise(() => undefined);
  const session = { account: { id: '1', name: 'Anna' }, sendForJson, send };
  const controller = new AbortController();
  left.push(controller);
  new Decision({
    stage: new Stage(),
    session: session as unknown as Session,
    answer,
    before: undefined,
    signal: controller.signal,
    rescan: vi.fn(),
    scanAnew: vi.fn(),
    scanner: vi.fn(),
    home: vi.fn(),
  }).run();
  return confirmed;
}

const wrong = (triesLeft: number) =>
  new CountersignError('wrong_phrase', { status: 422, triesLeft });
const CODE = { state: 'checking', version: 3, expires_in: 120, check_code: '012345' };
const text = () => document.querySelector('#stage')?.textContent ?? '';
const shows = (what: string) => vi.waitUntil(() => text().includes(what));
const field = () => document.querySelector<HTMLInputElement>('#phrase') as HTMLInputElement;
const proceed = () => find(document, 'Continue') as HTMLButtonElement;

function type(phrase: string): void {
  field().value = phrase;
  field().dispatchEvent(new Event('input'));
}

async function go(phrase: string): Promise<void> {
  await vi.advanceTimersByTimeAsync(2000);
  type(phrase);
  proceed().click();
}

test('Continue waits for the moment to read and for a phrase', async () => {
  const confirmed = request(CODE);
  expect(text()).toContain('It is not on the screen.');
  type('blue geese');
  expect(proceed().disabled).toBe(true);
  await vi.advanceTimersByTimeAsync(2000);
  expect(proceed().disabled).toBe(false);
  for (const tooShort of ['', 'abc', ' a    b ']) {
    type(tooShort);
    expect(proceed().disabled, tooShort).toBe(true);
  }
  type(' blue geese ');
  proceed().click();
  await shows('Type this code on the computer');
  expect(confirmed).toEqual([
    { ticket: 't', context_digest: 'd', keep: false, phrase: 'blue geese' },
  ]);
});

test('a wrong phrase is said with the tries that are left, and can be typed again', async () => {
  const confirmed = request(wrong(2), wrong(1), CODE);
  await go('grey geese');
  await shows('2 tries left');
  expect(field().getAttribute('aria-invalid')).toBe('true');
  expect(document.activeElement).toBe(field());
  await vi.waitUntil(() => document.querySelector('[aria-disabled]') === null);
  type('blue goose');
  expect(field().getAttribute('aria-invalid')).toBeNull();
  proceed().click();
  await shows('One try left');
  await vi.waitUntil(() => document.querySelector('[aria-disabled]') === null);
  await go('blue geese');
  await shows('Type this code on the computer');
  expect(confirmed).toHaveLength(3);
});

test('the last wrong phrase ends the request, and says why', async () => {
  request(wrong(0));
  await go('grey geese');
  await shows('The phrase was wrong three times');
  expect(field()).toBeNull();
});

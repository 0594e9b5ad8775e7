import { CountersignError, type ErrorCode, type Session } from '@countersign/browser';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { type Outcome, showOutcome } from '../src/phone/outcome.ts';
import { Stage } from '../src/stage.ts';
import { blankPage, find } from './page.ts';

beforeEach(blankPage);

const refusal = (code: ErrorCode) => new CountersignError(code);

/** An end, at a server that answers acts with these in order. */
function ended(how: Outcome, ...answers: (object | Error)[]) {
  const asked: unknown[] = [];
  const sendForJson = async (method: string, path: string, { json }: { json: object }) => {
    asked.push([method, path, json]);
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const session = { account: { id: '1', name: 'Anna' }, sendForJson } as unknown as Session;
  const home = vi.fn();
  const rest = { session, client: 'Shop', grant: 'g', act: undefined, scanner: vi.fn(), home };
  showOutcome(how, { stage: new Stage(), ...rest });
  return { asked, home };
}

const heading = () => document.querySelector('h1')?.textContent;
const text = () => document.querySelector('.panel > p')?.textContent;
const message = () => document.querySelector('.message')?.textContent;
const buttons = () => [...document.querySelectorAll('button')].map(made => made.textContent);

describe('a sign-in that can be undone', () => {
  test.each([
    [{ ended: 1 }, 'That computer is signed out of Shop again. Nothing is left for you to do.'],
    [
      { ended: 1, passkeys_removed: 1 },
      'That computer is signed out of Shop again, and the passkey that it added is removed. Nothing is left for you to do.',
    ],
    [{ ended: 0 }, 'That computer was signed out already. Nothing is left for you to do.'],
    [refusal('not_found'), /^That computer was signed out already/],
  ])('says what became of it: %o', async (answer, words) => {
    const { asked } = ended('collected', answer);
    find(document, 'Undo').click();
    await vi.waitFor(() => expect(heading()).toBe('Undone'));
    expect(text()).toMatch(words);
    expect(asked).toEqual([['POST', '/v1/grants/g/undo', {}]]);
    expect(buttons()).toEqual(['Done']);
  });

  test('can be tried again when the server was not reached', async () => {
    const { home } = ended('collected', refusal('network'), { ended: 1 });
    find(document, 'Undo').click();
    await vi.waitFor(() => expect(message()).toMatch(/^The server can’t be reached/));
    expect(heading()).toBe('Signed in');
    await vi.waitFor(() => expect(document.querySelector('[aria-disabled]')).toBeNull());
    find(document, 'Undo').click();
    await vi.waitFor(() => expect(heading()).toBe('Undone'));
    expect(home).not.toHaveBeenCalled();
  });

  test('takes the password where the computer is a phone as well', async () => {
    const { asked } = ended('collected', refusal('verification_required'), {}, { ended: 1 });
    find(document, 'Undo').click();
    await vi.waitFor(() => find(document, '#verify'));
    find<HTMLInputElement>(document, '#verify').value = 'right';
    find(document, 'Go on').click();
    await vi.waitFor(() => expect(heading()).toBe('Undone'));
    expect(asked).toHaveLength(3);
  });

  test('leads home when the session turns out to be over', async () => {
    const { home } = ended('collected', refusal('signed_out'));
    find(document, 'Undo').click();
    await vi.waitFor(() => expect(home).toHaveBeenCalledOnce());
  });
});

test.each([
  [{ ended: 2 }, 'Signed out'],
  [{ ended: 0 }, 'No computer is signed in'],
])('after a report all computers can be signed out: %o', async (answer, title) => {
  const { asked } = ended('reported', answer);
  find(document, 'Sign out all my computers').click();
  await vi.waitFor(() => expect(heading()).toBe(title));
  expect(asked).toEqual([['POST', '/v1/devices/sign-out-others', { only: 'desktops' }]]);
  expect(buttons()).toEqual(['Done']);
});

test.each(['denied', 'stopped', 'cancelled', 'cancelledStrangers', 'expired'] as const)(
  'when it was %s there is nothing to undo',
  how => {
    ended(how);
    expect(buttons()).toEqual(['Done', 'Scan a code']);
  },
);

import { beforeEach, expect, test, vi } from 'vitest';
import { UndoPage } from '../src/undo/flow.ts';
import { type Answers, answers } from './answers.ts';
import { blankPage, find } from './page.ts';
import { json, problem } from './wire.ts';

beforeEach(blankPage);

const title = () => document.querySelector('h1')?.textContent;
const text = () => document.querySelector('main')?.textContent;
const shows = (words: string) => vi.waitFor(() => expect(title()).toBe(words));

async function opened(undo: string, ...replies: Response[]): Promise<Answers> {
  const server = await answers();
  server.answer('POST /v1/undo', ...replies);
  new UndoPage(server.page).open(undo);
  return server;
}

test('it says what it does, and does nothing before the one button', async () => {
  const server = await opened('token', json({ ended: 2, passkeys_removed: 1 }));
  expect(title()).toBe('Undo this sign-in?');
  expect(document.querySelectorAll('button')).toHaveLength(1);
  expect(server.asked).toEqual([]);
  expect(document.body.innerHTML).not.toContain('token');
  find(document, 'Undo it').click();
  await shows('Undone');
  expect(text()).toContain('Sign-ins ended: 2. Passkeys removed: 1.');
  expect(server.asked).toEqual([['POST /v1/undo', { undo: 'token' }]]);
});

test('what was over before is said, too', async () => {
  await opened('token', json({ ended: 0, passkeys_removed: 0 }));
  find(document, 'Undo it').click();
  await shows('Undone');
  expect(text()).toContain('It was over already.');
});

test('a link that is too old says so; one without a token needs no button', async () => {
  await opened('token', problem(404, 'undo_invalid'));
  find(document, 'Undo it').click();
  await shows('This link is not good any more');
  blankPage();
  await opened('');
  expect(title()).toBe('Nothing to undo here');
  expect(document.querySelector('button')).toBeNull();
});

test('a lost answer can be asked for again', async () => {
  await opened('token', problem(503, 'busy'), json({ ended: 1, passkeys_removed: 0 }));
  find(document, 'Undo it').click();
  await vi.waitFor(() => expect(document.querySelector('.message')?.textContent).toMatch(/busy/));
  find(document, 'Undo it').click();
  await shows('Undone');
});

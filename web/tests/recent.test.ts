import { type ActivityEntry, CountersignError, type Session } from '@countersign/browser';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Recent } from '../src/phone/recent.ts';
import { Stage } from '../src/stage.ts';
import { blankPage, find } from './page.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  blankPage();
});
const left: AbortController[] = [];
afterEach(() => {
  for (const controller of left.splice(0)) controller.abort();
  vi.useRealTimers();
});

const entry = (id: number, more: Partial<ActivityEntry> = {}): ActivityEntry => ({
  id,
  at: 0,
  kind: 'signed_in',
  device: `Laptop ${id}`,
  client: 'Shop',
  grant: `g${id}`,
  undoable: true,
  ...more,
});

/** The list at a server that knows these, and tells of more when the test says. */
function recent(...entries: ActivityEntry[]) {
  let tell: (answer: ActivityEntry[] | Error) => void = () => undefined;
  const asked: string[] = [];
  const undone = vi.fn(async (): Promise<object> => ({ ended: 1 }));
  const sendForJson = (method: string, path: string, { signal }: { signal?: AbortSignal }) => {
    asked.push(`${method} ${path}`);
    if (method === 'POST') return undone();
    if (!path.includes('after')) return Promise.resolve({ entries });
    return new Promise((resolve, reject) => {
      tell = answer => (answer instanceof Error ? reject(answer) : resolve({ entries: answer }));
      signal?.addEventListener('abort', () => reject(signal.reason));
    });
  };
  const over = vi.fn();
  const session = { account: { id: '1' }, sendForJson } as unknown as Session;
  const list = new Recent({ session, stage: new Stage(), over });
  document.querySelector('#stage')?.append(list.news, list.root);
  const controller = new AbortController();
  left.push(controller);
  const followed = list.follow(controller.signal);
  const rows = () =>
    [...document.querySelectorAll('li')].map(row => row.querySelector('p')?.textContent);
  const news = async (answer: ActivityEntry[] | Error) => {
    const before = asked.length;
    tell(answer);
    await vi.waitUntil(() => asked.length > before);
  };
  const asks = (path: string) => vi.waitUntil(() => asked.includes(path));
  return { list, asked, asks, rows, news, followed, over, undone, tell: (a: Error) => tell(a) };
}

const said = () => document.querySelector('#live')?.textContent;

test('shows the latest sign-ins, newest first, with how and from where', async () => {
  const { list, rows, asks } = recent(
    entry(9, { kind: 'declined' }),
    entry(8, { place: { country: 'DE', region: 'Berlin' } }),
    entry(7, { kind: 'signed_in_by_password', undoable: false }),
    entry(77, { kind: 'invitation_accepted', grant: 'g7' }),
    entry(6),
    entry(5),
  );
  await asks('GET /v1/activity?after=77');
  expect(rows()).toEqual(['Laptop 8', 'Laptop 7', 'Laptop 6']);
  expect(list.root.textContent).toContain('A computer was signed in by scan · Shop · near Berlin');
  expect(list.root.querySelectorAll('button')).toHaveLength(2);
  expect(list.news.children).toHaveLength(0);
});

test('nothing is shown before anybody signed in', async () => {
  const { list, asks } = recent();
  await asks('GET /v1/activity?after=0');
  expect(list.root.hidden).toBe(true);
});

test('a sign-in is told as it comes, and is one of just now for two minutes', async () => {
  const { list, rows, news, asks } = recent(entry(1));
  await asks('GET /v1/activity?after=1');
  await news([entry(2)]);
  expect(rows()).toEqual([
    'Signed in on Laptop 2 just now. If that was not you, undo it.',
    'Laptop 1',
  ]);
  expect(list.news.children).toHaveLength(1);
  expect(said()).toBe('Signed in on Laptop 2 just now.');
  await asks('GET /v1/activity?after=2');
  await vi.advanceTimersByTimeAsync(120_000);
  expect(rows()).toEqual(['Laptop 2', 'Laptop 1']);
  expect(list.news.children).toHaveLength(0);
});

test('what ended elsewhere can’t be taken back any more', async () => {
  const { list, rows, news, asks } = recent(entry(1));
  await asks('GET /v1/activity?after=1');
  await news([entry(3, { kind: 'signed_out', grant: 'g1' }), entry(2, { undoable: false })]);
  expect(rows()).toEqual(['Signed in on Laptop 2 just now.', 'Laptop 1']);
  expect(list.root.textContent).toContain('Signed out.');
  expect(document.querySelector('button')).toBeNull();
});

test('one tap takes a sign-in back', async () => {
  const { list, asked, asks } = recent(entry(1));
  await asks('GET /v1/activity?after=1');
  const undo = find(list.root, 'Undo');
  expect(undo.getAttribute('aria-label')).toBe('Undo the sign-in on Laptop 1');
  undo.click();
  await vi.waitUntil(() => list.root.textContent?.includes('Undone: it is signed out.'));
  expect(asked).toContain('POST /v1/grants/g1/undo');
  expect(list.root.querySelector('button')).toBeNull();
  expect(document.activeElement?.tagName).toBe('LI');
});

test('what could not be taken back is said, and can be tried again', async () => {
  const { list, asks, undone } = recent(entry(1));
  await asks('GET /v1/activity?after=1');
  undone.mockRejectedValueOnce(new CountersignError('network'));
  find(list.root, 'Undo').click();
  await vi.waitUntil(() => list.root.textContent?.includes('The server can’t be reached.'));
  await vi.waitUntil(() => list.root.querySelector('[aria-disabled]') === null);
  undone.mockRejectedValueOnce(new CountersignError('not_found', { status: 404 }));
  find(list.root, 'Undo').click();
  await vi.waitUntil(() => list.root.textContent?.includes('Undone'));
});

test('a lost network is waited out; the end of the session is not', async () => {
  const { asked, asks, tell, followed } = recent(entry(1));
  await asks('GET /v1/activity?after=1');
  tell(new CountersignError('network'));
  await vi.advanceTimersByTimeAsync(9_000);
  expect(asked).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(asked).toHaveLength(3);
  tell(new CountersignError('signed_out'));
  await expect(followed).rejects.toMatchObject({ code: 'signed_out' });
});

test('a server that does not hold the question is not asked in a tight loop', async () => {
  const { asked, asks, news } = recent(entry(1));
  await asks('GET /v1/activity?after=1');
  const again = news([]);
  await vi.advanceTimersByTimeAsync(9_000);
  expect(asked).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(1_000);
  await again;
  expect(asked).toHaveLength(3);
});

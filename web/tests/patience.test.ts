import { CountersignError } from '@countersign/browser';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { patiently } from '../src/patience.ts';
import { Stage } from '../src/stage.ts';
import { blankPage, find } from './page.ts';

beforeEach(() => {
  vi.useFakeTimers();
  blankPage();
});
afterEach(() => {
  vi.useRealTimers();
});

test('asks again as long as the server says, and tells it', async () => {
  const ask = vi
    .fn<() => Promise<string>>()
    .mockRejectedValueOnce(new CountersignError('slow_down', { retryAfter: 7 }))
    .mockRejectedValueOnce(new CountersignError('network'))
    .mockResolvedValueOnce('answer');
  const answer = patiently(new Stage(), new AbortController().signal, ask);
  await vi.advanceTimersByTimeAsync(6_900);
  expect(ask).toHaveBeenCalledTimes(1);
  expect(find(document, '.notice').textContent).toMatch(/^Too many requests/);
  await vi.advanceTimersByTimeAsync(200);
  expect(find(document, '.notice').textContent).toMatch(/^No connection/);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(await answer).toBe('answer');
  expect(find(document, '.notice').hidden).toBe(true);
});

test('asks at once when the network is back', async () => {
  const ask = vi
    .fn<() => Promise<string>>()
    .mockRejectedValueOnce(new CountersignError('network', { retryAfter: 60 }))
    .mockResolvedValueOnce('answer');
  const answer = patiently(new Stage(), new AbortController().signal, ask);
  await vi.advanceTimersByTimeAsync(10);
  window.dispatchEvent(new Event('online'));
  expect(await answer).toBe('answer');
});

test('gives up at a refusal, and when it is aborted', async () => {
  const refused = () => Promise.reject(new CountersignError('unknown_client'));
  const live = new AbortController();
  await expect(patiently(new Stage(), live.signal, refused)).rejects.toMatchObject({
    code: 'unknown_client',
  });
  const lost = () => Promise.reject(new CountersignError('network'));
  const waiting = patiently(new Stage(), live.signal, lost);
  waiting.catch(() => undefined);
  await vi.advanceTimersByTimeAsync(10);
  live.abort();
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
});

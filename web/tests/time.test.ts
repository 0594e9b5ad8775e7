import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ago, clock, countDown, Deadline, duration } from '../src/time.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  document.body.replaceChildren();
});

function counting(seconds: number) {
  const line = document.createElement('p');
  let deadline = new Deadline(seconds);
  const shown: number[] = [];
  countDown(
    line,
    () => deadline,
    left => shown.push(left),
  );
  document.body.append(line);
  const move = (to: number) => {
    deadline = new Deadline(to);
  };
  return { line, shown, move };
}

describe('a countdown', () => {
  test('shows each second once, and ends at none', async () => {
    const { shown } = counting(3);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(shown).toEqual([3, 2, 1, 0]);
  });

  test('follows a deadline that an answer moved', async () => {
    const { shown, move } = counting(10);
    await vi.advanceTimersByTimeAsync(1000);
    move(5);
    await vi.advanceTimersByTimeAsync(1000);
    expect(shown).toEqual([10, 9, 4]);
  });

  test('stops when its element is gone', async () => {
    const { line, shown } = counting(10);
    await vi.advanceTimersByTimeAsync(1000);
    line.remove();
    await vi.advanceTimersByTimeAsync(5000);
    expect(shown).toEqual([10, 9]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('does not care what the wall clock does', async () => {
    const { shown } = counting(4);
    vi.setSystemTime(Date.now() + 3_600_000);
    await vi.advanceTimersByTimeAsync(1000);
    expect(shown).toEqual([4, 3]);
  });
});

test.each([
  [0, '0:00'],
  [9, '0:09'],
  [65, '1:05'],
  [300, '5:00'],
])('%i seconds read %s on a clock', (seconds, text) => {
  expect(clock(seconds)).toBe(text);
});

test.each([
  [28_800, '8 hours'],
  [2_592_000, '30 days'],
  [3_600, '1 hour'],
  [5_400, '1.5 hours'],
  [30, '30 seconds'],
])('%i seconds last %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

test.each([
  [0, 'now'],
  [12.7, '12 seconds ago'],
  [150, '2 minutes ago'],
])('%i seconds ago reads %s', (seconds, text) => {
  expect(ago(seconds)).toBe(text);
});

/** Durations: measured, counted down, and said in words. No two clocks are ever compared. */

import { LANGUAGE } from './texts.ts';

/** A point in time so many seconds from now, on a clock that never jumps. */
export class Deadline {
  readonly #at: number;

  constructor(seconds: number) {
    this.#at = performance.now() + seconds * 1000;
  }

  /** Seconds left, never below 0. */
  get left(): number {
    return Math.max(0, (this.#at - performance.now()) / 1000);
  }
}

/** Calls `show` now and at each full second, until the deadline or until its element is gone. */
export function countDown(
  element: Element,
  deadline: () => Deadline,
  show: (secondsLeft: number) => void,
): void {
  let wasShown = false;
  const tick = () => {
    if (wasShown && !element.isConnected) return;
    wasShown ||= element.isConnected;
    const { left } = deadline();
    show(Math.ceil(left));
    if (left > 0) setTimeout(tick, (left % 1 || 1) * 1000);
  };
  tick();
}

/** Minutes and seconds, like 1:05. */
export function clock(seconds: number): string {
  const rest = String(seconds % 60).padStart(2, '0');
  return `${Math.floor(seconds / 60)}:${rest}`;
}

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

/** A length of time in words, in the largest unit that fits: "8 hours", "30 days". */
export function duration(seconds: number): string {
  const [unit, size] = largestUnit(seconds);
  const format = new Intl.NumberFormat(LANGUAGE, {
    style: 'unit',
    unit,
    unitDisplay: 'long',
    maximumFractionDigits: 1,
  });
  return format.format(seconds / size);
}

/** What is left of a long wait, in whole hours while there are some: "23 hours", "40 minutes". */
export function timeLeft(seconds: number): string {
  const [unit, size] = seconds > 5_400 ? (['hour', 3_600] as const) : (['minute', 60] as const);
  const format = new Intl.NumberFormat(LANGUAGE, { style: 'unit', unit, unitDisplay: 'long' });
  return format.format(Math.ceil(seconds / size));
}

/** How long ago, in words: "12 seconds ago", and "now" before the first second is over. */
export function ago(seconds: number): string {
  const [unit, size] = largestUnit(seconds);
  return new Intl.RelativeTimeFormat(LANGUAGE, { numeric: 'auto' }).format(
    -Math.floor(seconds / size),
    unit,
  );
}

/** A day and time that the server told, for reading only. */
export function moment(unixSeconds: number): string {
  const format = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: 'medium', timeStyle: 'short' });
  return format.format(unixSeconds * 1000);
}

/** A day that the server told, for reading only. */
export function day(unixSeconds: number): string {
  return new Intl.DateTimeFormat(LANGUAGE, { dateStyle: 'long' }).format(unixSeconds * 1000);
}

function largestUnit(seconds: number): (typeof UNITS)[number] {
  return UNITS.find(([, size]) => seconds >= size) ?? ['second', 1];
}

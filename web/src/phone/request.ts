/**
 * The request that this tab is busy with, kept over a reload. What the code says is enough: the
 * same session's repeated scan gets the same answer. Of one that ended well its grant is kept, to undo it. Neither
 * ticket nor token is ever kept here.
 */

import type { Act, OpenedBy, Scanned } from '@countersign/browser';

const PLACE = 'countersign-request';

/** A request that somebody wants to look at. */
export interface Request {
  scanned: Scanned;
  openedBy: OpenedBy;
}

/** A request that ended with a computer that is signed in. */
export interface End {
  grant: string;
  client: string;
  act: Act | undefined;
}

/** Keeps the request until it is dropped, or the tab is closed. */
export function keepRequest({ scanned, openedBy }: Request): void {
  keep({ scanned, openedBy });
}

/** Keeps the end in place of its request: what it gave can still be taken back. */
export function keepEnd(end: End): void {
  keep({ end });
}

/** The request that a reload interrupted, if there is one. */
export function keptRequest(): Request | undefined {
  const { scanned, openedBy }: Partial<Request> = kept();
  return scanned && openedBy && { scanned, openedBy };
}

/** The end that a reload interrupted, if there is one. */
export function keptEnd(): End | undefined {
  const { end }: { end?: End } = kept();
  return end?.grant ? end : undefined;
}

/** The request is over, or was left, and so is its end. */
export function dropRequest(): void {
  try {
    sessionStorage.removeItem(PLACE);
  } catch {
    // nothing is kept here
  }
}

function keep(what: object): void {
  try {
    sessionStorage.setItem(PLACE, JSON.stringify(what));
  } catch {
    // A browser that keeps nothing only loses the way back after a reload.
  }
}

function kept(): object {
  try {
    return Object(JSON.parse(sessionStorage.getItem(PLACE) ?? '{}'));
  } catch {
    return {}; // nothing kept, or nothing of ours
  }
}

/**
 * The request that this tab is busy with, kept over a reload. What the code says is enough: the
 * same session's repeated scan gets the same answer. Neither ticket nor token is ever kept here.
 */

import type { OpenedBy, Scanned } from '@countersign/browser';

const PLACE = 'countersign-request';

/** A request that somebody wants to look at. */
export interface Request {
  scanned: Scanned;
  openedBy: OpenedBy;
}

/** Keeps the request until it is dropped, or the tab is closed. */
export function keepRequest({ scanned, openedBy }: Request): void {
  try {
    sessionStorage.setItem(PLACE, JSON.stringify({ scanned, openedBy }));
  } catch {
    // A browser that keeps nothing only loses the way back after a reload.
  }
}

/** The request that a reload interrupted, if there is one. */
export function keptRequest(): Request | undefined {
  try {
    const kept: Partial<Request> = JSON.parse(sessionStorage.getItem(PLACE) ?? '{}');
    return kept.scanned && kept.openedBy && { scanned: kept.scanned, openedBy: kept.openedBy };
  } catch {
    return undefined; // nothing kept, or nothing of ours
  }
}

/** The request is over, or was left. */
export function dropRequest(): void {
  try {
    sessionStorage.removeItem(PLACE);
  } catch {
    // nothing is kept here
  }
}

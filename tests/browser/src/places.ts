/** A server that knows where addresses are, and browsers that say at which one they are. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll } from 'vitest';
import { setUp } from './fixture.ts';
import { places } from './mmdb.ts';

/** In Berlin. */
export const HOME = '203.0.113.7';
/** In Berlin too, in another network. */
export const CAFE = '203.0.113.80';
/** In Brazil. */
export const ABROAD = '198.51.100.9';

/** Like `setUp`, with a database of places. */
export function setUpPlaces(): ReturnType<typeof setUp> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-places-'));
  const file = join(folder, 'places.mmdb');
  const networks = {
    '203.0.113.0/24': { country: 'DE', continent: 'EU', region: 'Berlin' },
    '198.51.100.0/24': { country: 'BR', continent: 'SA' },
  };
  writeFileSync(file, places(networks));
  afterAll(() => rmSync(folder, { recursive: true }));
  // The browsers name their address as a proxy would, which the server believes here.
  process.env.COUNTERSIGN_TRUSTED_PROXIES = '127.0.0.1';
  return setUp({}, `[network]\nplaces = "${file}"\n`);
}

/** Puts a browser at an address. */
export function at(page: Page, address: string): Promise<void> {
  return page.setExtraHTTPHeaders({ 'X-Forwarded-For': address });
}

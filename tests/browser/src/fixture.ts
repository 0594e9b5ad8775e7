/** One server and two browsers for a file of tests; after each, nothing may have complained. */

import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { type Browsers, openBrowsers } from './browsers.ts';
import { type Lifetimes, type Server, startServer } from './server.ts';

/** Sets up what a file of tests needs, `more` as lines of the config; read the members inside the tests only. */
export function setUp(
  lifetimes: Lifetimes = {},
  more = '',
): { server: Server; browsers: Browsers } {
  const ready: Partial<{ server: Server; browsers: Browsers }> = {};
  beforeAll(async () => {
    ready.server = await startServer(lifetimes, more);
    ready.browsers = await openBrowsers();
  });
  afterEach(async () => {
    const complaints = ready.browsers?.complaints();
    await ready.browsers?.tidy();
    expect(complaints).toEqual([]);
  });
  afterAll(async () => {
    await ready.browsers?.close();
    await ready.server?.stop();
  });
  return {
    get server() {
      return given(ready.server);
    },
    get browsers() {
      return given(ready.browsers);
    },
  };
}

function given<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('not set up yet');
  return value;
}

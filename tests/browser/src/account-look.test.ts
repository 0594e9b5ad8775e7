/** The phone's and the account's states look and read soundly, however they are looked at. */

import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import type { Look } from './browsers.ts';
import { setUp } from './fixture.ts';
import { ownerStates } from './owner-states.ts';
import { sound } from './soundness.ts';

const run = setUp({}, '[phones]\nadditional = "confirm"\n[accounts]\nregistration = "open"\n');

/** Narrow as at 400 % zoom, and wide; light, and dark. */
const LOOKS: Look[] = [
  { width: 320, height: 256 },
  { width: 1440, height: 900, dark: true },
];

test.each(LOOKS)('each state is sound: %o', async look => {
  const account = `look-${LOOKS.indexOf(look)}`;
  for await (const { page } of ownerStates(run, account, look)) {
    await sound(page);
    await mirrored(page);
  }
});

/** Written from right to left, nothing is pushed out of sight either. */
async function mirrored(page: Page): Promise<void> {
  const sideways = await page.evaluate(() => {
    const { documentElement: root } = document;
    root.dir = 'rtl';
    const wider = root.scrollWidth > root.clientWidth;
    root.dir = 'ltr';
    return wider;
  });
  expect(sideways).toBe(false);
}

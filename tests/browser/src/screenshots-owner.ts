/** Writes pictures of what an account's owner sees, light and dark, narrow and wide, to `screenshots/`. For eyes. */

import { mkdirSync } from 'node:fs';
import { test } from 'vitest';
import type { Look } from './browsers.ts';
import { setUp } from './fixture.ts';
import { ownerStates } from './owner-states.ts';
import { wayStates } from './way-states.ts';

const FOLDER = new URL('../../../screenshots/', import.meta.url).pathname;
const LOOKS: Look[] = [
  { width: 320, height: 640 },
  { width: 320, height: 640, dark: true },
  { width: 1440, height: 900 },
  { width: 1440, height: 900, dark: true },
];

const run = setUp({}, '[phones]\nadditional = "confirm"\n[accounts]\nregistration = "open"\n');

test.each(LOOKS)('what an owner sees: %o', async look => {
  mkdirSync(FOLDER, { recursive: true });
  const kind = `${look.width}-${look.dark ? 'dark' : 'light'}`;
  for await (const { name, page } of ownerStates(run, `owner-${kind}`, look)) {
    await page.screenshot({ path: `${FOLDER}${name}-${kind}.png`, fullPage: true });
  }
});

test.each(LOOKS)('the ways in and back: %o', async look => {
  mkdirSync(FOLDER, { recursive: true });
  const kind = `${look.width}-${look.dark ? 'dark' : 'light'}`;
  for await (const { name, page } of wayStates(run, `way-${kind}`, look)) {
    await page.screenshot({ path: `${FOLDER}${name}-${kind}.png`, fullPage: true });
  }
});

import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { setUp } from './fixture.ts';
import {
  button,
  heading,
  openLink,
  openSignIn,
  pressContinue,
  readCheckCode,
  readLink,
  scanScreen,
  signedInPhone,
  signInOnPhone,
  typeCheckCode,
} from './people.ts';
import { sound } from './soundness.ts';

const run = setUp();

/** The boxes of the check code look alike: whole pixels, since a grid may differ by parts of one. */
async function boxWidths(computer: Page): Promise<number[]> {
  const boxes = computer.locator('.boxes .box');
  const widths = await boxes.evaluateAll(all =>
    all.map(box => Math.round(box.getBoundingClientRect().width)),
  );
  expect(widths).toHaveLength(6);
  return [...new Set(widths)];
}

test.each([
  { width: 320, dark: false },
  { width: 320, dark: true },
  { width: 1440, dark: false },
  { width: 1440, dark: true },
])('each state is sound at $width px, dark: $dark', async look => {
  const computer = await run.browsers.computer({ ...look, height: 900 });
  const phone = await run.browsers.phone({ ...look, height: 640 });
  await openSignIn(computer, run.server);
  await sound(computer);
  await openLink(phone, await readLink(computer));
  await heading(phone, /^A computer asks/).waitFor();
  await sound(phone);
  await button(phone, 'Look at this request').click();
  await heading(phone, 'Sign in on this phone').waitFor();
  await sound(phone);
  await signInOnPhone(phone);
  await heading(phone, /^Sign in to/).waitFor();
  await sound(phone);
  await heading(computer, 'Scanned').waitFor();
  await sound(computer);
  await pressContinue(phone);
  await heading(computer, /^Type the code/).waitFor();
  await sound(computer);
  expect(await boxWidths(computer)).toHaveLength(1);
  const code = await readCheckCode(phone);
  await sound(phone);
  await typeCheckCode(computer, code);
  await heading(computer, /^Signed in as/).waitFor();
  await sound(computer);
  await heading(phone, 'Signed in').waitFor();
  await sound(phone);
  await button(phone, 'Done').click();
  await heading(phone, /^Hello/).waitFor();
  await sound(phone);
});

test('a keyboard is enough on both sides', async () => {
  const computer = await run.browsers.computer();
  const phone = await run.browsers.phone();
  await signedInPhone(phone, run.server);
  await openSignIn(computer, run.server);
  await scanScreen(run.browsers, computer, phone);
  await button(phone, 'Continue').and(phone.locator(':enabled')).waitFor();
  expect(await phone.evaluate(() => document.activeElement?.textContent)).toBe('Decline');
  await phone.keyboard.press('Tab');
  await phone.keyboard.press('Enter');
  await heading(computer, /^Type the code/).waitFor();
  await computer.keyboard.type(await readCheckCode(phone));
  await heading(computer, /^Signed in as/).waitFor();
});

test('each change is said politely, without the secret', async () => {
  const computer = await run.browsers.computer();
  const phone = await run.browsers.phone();
  await signedInPhone(phone, run.server);
  await openSignIn(computer, run.server);
  const said = () => computer.locator('#live').textContent();
  expect(await said()).toBe('Scan the code with your phone to sign in.');
  await scanScreen(run.browsers, computer, phone);
  await heading(computer, 'Scanned').waitFor();
  expect(await said()).toBe('Scanned');
  const tree = await computer.locator('body').ariaSnapshot();
  expect(tree).not.toMatch(/[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{11}/);
});

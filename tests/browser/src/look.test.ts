import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import type { Look } from './browsers.ts';
import { setUp } from './fixture.ts';
import { button, heading, openSignIn, qrCode, signInByPassword } from './people.ts';
import { sound } from './soundness.ts';

const run = setUp({}, '[accounts]\nregistration = "open"');

const LOOKS: Look[] = [
  { width: 320, height: 640, dark: true },
  { width: 1440, height: 900 },
  // 400 % zoom on a usual screen
  { width: 320, height: 256 },
  { width: 1440, height: 900, ownColours: true },
];

const mirror = (page: Page) =>
  page.evaluate(() => {
    document.documentElement.dir = 'rtl';
  });

test.each(LOOKS)('each way in is sound, and so is who came in: %o', async look => {
  const computer = await run.browsers.computer(look);
  await openSignIn(computer, run.server);
  await sound(computer);
  const code = await qrCode(computer).boundingBox();
  expect(code?.width).toBeGreaterThanOrEqual(240);
  await button(computer, 'Register').click();
  await heading(computer, 'Make an account').waitFor();
  await sound(computer);
  await mirror(computer);
  await sound(computer);
  await signInByPassword(computer, 'anna', 'wrong wrong wrong');
  await computer.getByText('Account and password don’t match.').waitFor();
  await sound(computer);
  await signInByPassword(computer);
  await heading(computer, /^Signed in as/).waitFor();
  await sound(computer);
  await button(computer, 'Sign out').click();
  await heading(computer, 'You are signed out').waitFor();
  await sound(computer);
});

test('right to left the page is mirrored, and digits are not', async () => {
  const computer = await run.browsers.computer({ width: 1440, height: 900 });
  await openSignIn(computer, run.server);
  const sides = async () => {
    const code = await qrCode(computer).boundingBox();
    const words = await heading(computer, 'Sign in with your phone').boundingBox();
    return { code: code?.x ?? 0, words: words?.x ?? 0 };
  };
  const before = await sides();
  expect(before.code).toBeGreaterThan(before.words);
  await mirror(computer);
  const after = await sides();
  expect(after.code).toBeLessThan(after.words);
});

test.each([{}, { ownColours: true }])(
  'the keyboard goes through what can be done, in order and seen: %o',
  async look => {
    const computer = await run.browsers.computer(look);
    await openSignIn(computer, run.server);
    const walked: string[] = [];
    const walk = async (steps: number) => {
      for (let step = 0; step < steps; step++) {
        await computer.keyboard.press('Tab');
        const focused = await computer.evaluate(() => {
          const element = document.activeElement as HTMLElement;
          const { outlineStyle, outlineWidth } = getComputedStyle(element);
          const name = element.id || (element.textContent ?? '');
          return { name, seen: outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2 };
        });
        expect(focused.seen).toBe(true);
        walked.push(focused.name);
      }
    };
    await walk(5);
    const passkey = 'Sign in with a passkey';
    const all = ['Phone', 'Password', 'Register', passkey, 'Open the scanner'];
    expect(walked.splice(0)).toEqual(all);
    await button(computer, 'Password').focus();
    await computer.keyboard.press('Enter');
    await computer.locator('#account:focus').waitFor();
    await walk(3);
    expect(walked).toEqual(['password', 'password-shown', 'Sign in']);
  },
);

test('nothing moves for who wants no motion', async () => {
  const computer = await run.browsers.computer({ ownColours: true });
  await openSignIn(computer, run.server);
  const durations = await computer.evaluate(() =>
    [...document.querySelectorAll('.ring-life, .button, .ways button')].map(
      element => getComputedStyle(element).transitionDuration,
    ),
  );
  expect(durations.length).toBeGreaterThan(1);
  expect(new Set(durations)).toEqual(new Set(['0s']));
});

/** Writes a picture of each state, light and dark, narrow and wide, to `screenshots/`. For eyes. */

import { mkdirSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, test } from 'vitest';
import { type Browsers, type Look, openBrowsers } from './browsers.ts';
import { showNothing } from './camera.ts';
import {
  button,
  heading,
  openLink,
  openSignIn,
  pressContinue,
  qrCode,
  readCheckCode,
  readLink,
  scanScreen,
  signedInPhone,
  signInByPassword,
  typeCheckCode,
} from './people.ts';
import { type Server, startServer } from './server.ts';

const FOLDER = new URL('../../../screenshots/', import.meta.url).pathname;
const LOOKS: (Look & { width: number; height: number })[] = [
  { width: 320, height: 640, dark: false },
  { width: 320, height: 640, dark: true },
  { width: 1440, height: 900, dark: false },
  { width: 1440, height: 900, dark: true },
];

/** Little of everything, to show what happens then. */
const SCARCE =
  '[accounts]\nregistration = "open"\n[limits]\ncreations = 2\naccount_sign_ins = 6\nsign_ins = 100';

let server: Server;
let browsers: Browsers;

beforeAll(async () => {
  mkdirSync(FOLDER, { recursive: true });
  server = await startServer();
  browsers = await openBrowsers();
});

afterAll(async () => {
  await browsers?.close();
  await server?.stop();
});

const shooting = (look: Look) => {
  const kind = `${look.width}-${look.dark ? 'dark' : 'light'}`;
  return async (page: Page, name: string) => {
    await page.screenshot({ path: `${FOLDER}${name}-${kind}.png`, fullPage: true });
  };
};

test.each(LOOKS)('the sign-in page at $width px, dark: $dark', async look => {
  const shoot = shooting(look);
  const phone = await browsers.phone();
  const computer = await browsers.computer({ ...look, height: Math.max(look.height, 900) });
  await signedInPhone(phone, server);

  await openSignIn(computer, server);
  await shoot(computer, 'desktop-01-waiting');
  await scanScreen(browsers, computer, phone);
  await heading(computer, 'Scanned').waitFor();
  await shoot(computer, 'desktop-02-scanned');
  await pressContinue(phone);
  const code = await readCheckCode(phone);
  await heading(computer, /^Type the code/).waitFor();
  await typeCheckCode(computer, code.slice(0, 3));
  await shoot(computer, 'desktop-03-checking');
  await typeCheckCode(computer, code === '000000' ? '111' : '000');
  await computer.getByText(/tries left/).waitFor();
  await shoot(computer, 'desktop-04-wrong');
  await typeCheckCode(computer, code);
  await heading(computer, /^Signed in as/).waitFor();
  await shoot(computer, 'desktop-05-signed-in');
  await computer.context().setOffline(true);
  await button(computer, 'Sign out').click();
  await computer.getByText(/^You are still signed in/).waitFor();
  await shoot(computer, 'desktop-06-still-signed-in');
  await computer.context().setOffline(false);
  await button(computer, 'Sign out').click();
  await heading(computer, 'You are signed out').waitFor();
  await shoot(computer, 'desktop-07-signed-out');

  await button(computer, 'Sign in again').click();
  await button(phone, 'Done').click();
  await scanScreen(browsers, computer, phone);
  await button(computer, 'Cancel').click();
  await heading(computer, 'Cancelled').waitFor();
  await shoot(computer, 'desktop-08-cancelled');
  await button(computer, 'Show a new code').click();
  await qrCode(computer).locator('path').waitFor();
  await phone.goto(`${server.issuer}/q`);
  await scanScreen(browsers, computer, phone);
  await button(phone, 'Decline').click();
  await heading(computer, 'Declined').waitFor();
  await shoot(computer, 'desktop-09-declined');
  await button(computer, 'Show a new code').click();
  await qrCode(computer).locator('path').waitFor();
  await computer.context().setOffline(true);
  await computer.locator('.notice', { hasText: 'No connection' }).waitFor();
  await shoot(computer, 'desktop-10-offline');
  await computer.context().setOffline(false);
  await browsers.tidy();
});

test.each(LOOKS)('the other ways in at $width px, dark: $dark', async look => {
  const shoot = shooting(look);
  const scarce = await startServer({ waiting: 3 }, SCARCE);
  const computer = await browsers.computer(look);
  await openSignIn(computer, scarce);
  await button(computer, 'Password').click();
  await shoot(computer, 'desktop-11-password');
  await signInByPassword(computer, 'anna', 'wrong wrong wrong');
  await computer.getByText('Account and password don’t match.').waitFor();
  await shoot(computer, 'desktop-12-password-wrong');
  while (!(await computer.getByText('Too many tries.').isVisible())) {
    const asked = computer.waitForResponse(/\/v1\/sessions$/);
    await button(computer, 'Sign in').click();
    await asked;
  }
  await shoot(computer, 'desktop-13-too-many-tries');
  await button(computer, 'Register').click();
  await computer.getByLabel('Account name').fill('zoe');
  await computer.getByLabel('Choose a password').fill('four unusual words');
  await shoot(computer, 'desktop-14-register');
  await button(computer, 'Phone').click();
  await heading(computer, 'Time is up').waitFor();
  await shoot(computer, 'desktop-15-expired');
  await computer.reload();
  await computer.locator('.notice', { hasText: 'Too many requests' }).waitFor();
  await shoot(computer, 'desktop-16-too-many-requests');

  const mute = await browsers.computer({ ...look, scripts: false });
  await mute.goto(server.issuer);
  await shoot(mute, 'desktop-17-no-script');
  const open = await browsers.computer(look);
  await open.goto(server.issuer.replace('localhost', 'insecure.example'));
  await shoot(open, 'desktop-18-insecure');
  const own = await browsers.computer({ ...look, ownColours: true });
  await openSignIn(own, server);
  await button(own, 'Password').focus();
  await shoot(own, 'desktop-19-own-colours');
  const mirrored = await browsers.computer(look);
  await openSignIn(mirrored, server);
  await mirrored.evaluate(() => {
    document.documentElement.dir = 'rtl';
  });
  await shoot(mirrored, 'desktop-20-mirrored');
  await browsers.tidy();
  await scarce.stop();
});

test.each(LOOKS)('the phone page at $width px, dark: $dark', async look => {
  const shoot = shooting(look);
  const phone = await browsers.phone(look);
  const computer = await browsers.computer();
  await openSignIn(computer, server);

  // Never signs in: its request would come back on the way home.
  const guest = await browsers.phone(look);
  const link = await readLink(computer);
  await guest.goto(link);
  await heading(guest, /^A computer asks/).waitFor();
  await shoot(guest, 'phone-1-link');
  await button(guest, 'Look at this request').click();
  await heading(guest, 'Sign in on this phone').waitFor();
  await shoot(guest, 'phone-2-sign-in');
  await guest.getByLabel('Account').fill('anna');
  await guest.getByLabel('Password', { exact: true }).fill('wrong');
  await button(guest, 'Sign in').click();
  await guest.getByText(/don’t match/).waitFor();
  await shoot(guest, 'phone-3-sign-in-wrong');
  await signedInPhone(phone, server);
  await shoot(phone, 'phone-4-home');

  showNothing(browsers.film);
  await button(phone, 'Scan a code').click();
  await phone.getByText('Looking for a code').waitFor();
  await shoot(phone, 'phone-5-scanner');
  await button(phone, 'Back').click();
  await scanScreen(browsers, computer, phone);
  await shoot(phone, 'phone-6-approval-asleep');
  await phone.getByText('Keep that computer signed in').click();
  await button(phone, 'Continue').and(phone.locator(':enabled')).waitFor();
  await shoot(phone, 'phone-7-approval');
  await pressContinue(phone);
  const code = await readCheckCode(phone);
  await shoot(phone, 'phone-8-code');
  await typeCheckCode(computer, code === '000000' ? '111111' : '000000');
  await phone.getByText(/A wrong code/).waitFor();
  await shoot(phone, 'phone-9-code-wrong');
  await typeCheckCode(computer, code);
  await heading(phone, 'Signed in').waitFor();
  await shoot(phone, 'phone-10-done');
  await button(phone, 'Done').click();
  await button(computer, 'Sign out').click();
  await button(computer, 'Sign in again').click();
  await qrCode(computer).locator('path').waitFor();
  await scanScreen(browsers, computer, phone);
  await shoot(phone, 'phone-15-known');
  await button(phone, 'Decline').click();
  await heading(phone, 'Declined').waitFor();

  server.addAccount(`ben-${look.width}-${look.dark}`);
  const other = await browsers.phone();
  await signedInPhone(other, server, `ben-${look.width}-${look.dark}`);
  const fresh = await browsers.computer();
  await openSignIn(fresh, server);
  const warned = await readLink(fresh);
  for (const page of [phone, other]) {
    await openLink(page, warned);
    await button(page, 'Look at this request').click();
  }
  await phone.getByText(/^Somebody else/).waitFor();
  await shoot(phone, 'phone-11-stranger');
  await heading(other, 'This code can’t be used').waitFor();
  await shoot(other, 'phone-12-refused');
  await button(phone, 'I didn’t start this').click();
  await heading(phone, 'Declined and reported').waitFor();
  await shoot(phone, 'phone-13-reported');

  const blind = await browsers.computer(look);
  await signedInPhone(blind, server);
  await button(blind, 'Scan a code').click();
  await button(blind, 'Try again').waitFor();
  await blind.getByText('Paste a link').click();
  await shoot(blind, 'phone-14-no-camera');

  await browsers.tidy();
});

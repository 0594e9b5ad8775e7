/** Writes pictures of passkeys and approvals, light and dark, narrow and wide, to `screenshots/`. For eyes. */

import { mkdirSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { test } from 'vitest';
import { giveAuthenticator } from './authenticator.ts';
import type { Look } from './browsers.ts';
import {
  button,
  heading,
  openLink,
  openSignIn,
  pressContinue,
  readCheckCode,
  readLink,
  signedInPhone,
  signInByPassword,
  typeCheckCode,
} from './people.ts';
import { ABROAD, at, CAFE, HOME, setUpPlaces } from './places.ts';

const FOLDER = new URL('../../../screenshots/', import.meta.url).pathname;
const LOOKS: Look[] = [
  { width: 320, height: 640 },
  { width: 320, height: 640, dark: true },
  { width: 1440, height: 900 },
  { width: 1440, height: 900, dark: true },
];

const run = setUpPlaces();

const lookAt = async (phone: Page, computer: Page, title: RegExp | string) => {
  await openLink(phone, await readLink(computer));
  await button(phone, 'Look at this request').click();
  await heading(phone, title).waitFor();
  await button(phone, 'Continue').and(phone.locator(':enabled')).waitFor();
};

test.each(LOOKS)('passkeys and approvals: %o', async look => {
  mkdirSync(FOLDER, { recursive: true });
  const kind = `${look.width}-${look.dark ? 'dark' : 'light'}`;
  const account = `keys-${kind}`;
  const { server, browsers } = run;
  server.addAccount(account);
  const shoot = async (page: Page, name: string) => {
    await page.screenshot({ path: `${FOLDER}${name}-${kind}.png`, fullPage: true });
  };
  const phone = await browsers.phone(look);
  const finger = await giveAuthenticator(phone);
  await at(phone, HOME);
  await signedInPhone(phone, server, account);
  // What stands on the screen has to be read off a picture of it.
  const computer = await browsers.computer({ ...look, height: 900 });
  await giveAuthenticator(computer);
  await at(computer, ABROAD);
  await openSignIn(computer, server);
  await button(computer, 'Sign in with a passkey').click();
  await computer.getByText('No passkey was used.').waitFor();
  await shoot(computer, 'passkey-1-none');
  await lookAt(phone, computer, /^Sign in to/);
  await shoot(phone, 'passkey-2-far');
  await at(phone, CAFE);
  await button(phone, 'I didn’t start this').click();
  await heading(phone, 'Declined and reported').waitFor();

  await computer.reload();
  await signInByPassword(computer, account);
  await computer.getByText('your account has none yet').waitFor();
  await shoot(computer, 'passkey-3-phone-first');
  await phone.goto(`${server.issuer}/account#passkeys`);
  await button(phone, 'Add a passkey').click();
  await button(phone, 'Make the passkey').click();
  await phone.getByText(/ is added\./).waitFor();
  await computer.reload();
  await button(computer, 'Add a passkey on this computer').waitFor();
  await shoot(computer, 'passkey-4-offer');
  await button(computer, 'Add a passkey on this computer').click();
  await heading(computer, 'Add a passkey on this computer').waitFor();
  await shoot(computer, 'passkey-5-adding');
  await lookAt(phone, computer, 'Add a passkey on a computer?');
  await shoot(phone, 'passkey-6-approval');
  await finger.willing(false);
  await pressContinue(phone);
  await phone.getByText('No passkey was used, and nothing was approved.').waitFor();
  await shoot(phone, 'passkey-7-not-used');
  await finger.willing(true);
  await pressContinue(phone);
  await typeCheckCode(computer, await readCheckCode(phone));
  await heading(phone, 'Signed in').waitFor();
  await shoot(phone, 'passkey-8-done');
  await button(computer, 'Add the passkey').waitFor();
  await shoot(computer, 'passkey-9-allowed');
  await button(computer, 'Add the passkey').click();
  await computer.getByRole('heading', { name: 'Passkey added' }).waitFor();
  await shoot(computer, 'passkey-10-added');
  await button(phone, 'Done').click();
  await phone.getByRole('heading', { name: 'Recent sign-ins' }).waitFor();
  await button(computer, 'Sign out').click();
  await button(computer, 'Sign in again').click();
  await button(computer, 'Sign in with a passkey').click();
  await phone.locator('.recent-news li').waitFor();
  await shoot(phone, 'passkey-11-news');
  await browsers.tidy();
});

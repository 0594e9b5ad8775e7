/** Signing in by passkey, on a phone and on a computer, and how a computer gets one. */

import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { type Authenticator, giveAuthenticator } from './authenticator.ts';
import { showToCamera } from './camera.ts';
import { setUp } from './fixture.ts';
import {
  button,
  heading,
  lookAgain,
  openSignIn,
  pressContinue,
  readCheckCode,
  scanScreen,
  signedInPhone,
  signInByCamera,
  typeCheckCode,
} from './people.ts';
import { sound } from './soundness.ts';

const run = setUp({}, '[phones]\nadditional = "confirm"\n');

/** A phone whose account has a passkey on it. */
async function phoneWithPasskey(account: string): Promise<{ phone: Page; finger: Authenticator }> {
  run.server.addAccount(account);
  const phone = await run.browsers.phone({ width: 320, height: 640 });
  const finger = await giveAuthenticator(phone);
  await signedInPhone(phone, run.server, account);
  await phone.goto(`${run.server.issuer}/account#passkeys`);
  await button(phone, 'Add a passkey').click();
  await button(phone, 'Make the passkey').click();
  await phone.getByText(/ is added\./).waitFor();
  await phone.goto(`${run.server.issuer}/q`);
  await heading(phone, /^Hello/).waitFor();
  return { phone, finger };
}

test('a phone allows a computer a passkey with its own; the computer then needs no phone', async () => {
  const { phone, finger } = await phoneWithPasskey('pat');
  const computer = await run.browsers.computer({ dark: true });
  const hand = await giveAuthenticator(computer);
  await openSignIn(computer, run.server);
  await signInByCamera(run.browsers, computer, phone);
  await sound(computer);
  await button(computer, 'Add a passkey on this computer').click();
  await heading(computer, 'Add a passkey on this computer').waitFor();
  await sound(computer);
  await button(phone, 'Done').click();
  showToCamera(await computer.screenshot(), run.browsers.film);
  await button(phone, 'Scan a code').click();
  await heading(phone, 'Add a passkey on a computer?').waitFor();
  await phone.getByText('it could then sign in without your phone').waitFor();
  await sound(phone);

  await finger.willing(false);
  await pressContinue(phone);
  await phone.getByText('No passkey was used, and nothing was approved.').waitFor();
  await heading(computer, 'Scanned').waitFor();
  await finger.willing(true);
  await pressContinue(phone);
  await typeCheckCode(computer, await readCheckCode(phone));
  await computer.getByRole('heading', { name: 'Add the passkey now' }).waitFor();
  await sound(computer);
  expect(await hand.kept()).toEqual([]);
  await computer.keyboard.press('Enter');
  await computer.getByRole('heading', { name: 'Passkey added' }).waitFor();
  expect(await hand.kept()).toHaveLength(1);
  await sound(computer);

  await button(computer, 'Sign out').click();
  await button(computer, 'Sign in again').click();
  await button(phone, 'Done').click();
  await button(computer, 'Sign in with a passkey').click();
  await heading(computer, 'Signed in as pat').waitFor();
  expect(await computer.locator('#stage').innerText()).toContain('by passkey');
  // The phone hears of it at once, and takes it back with one tap.
  const news = phone.getByRole('listitem').filter({ hasText: 'Signed in by passkey' });
  await news.getByText('just now').waitFor();
  await sound(phone);
  await news.getByRole('button', { name: /^Undo/ }).click();
  await news.getByText('Undone: it is signed out.').waitFor();
  await lookAgain(computer);
  await heading(computer, 'You were signed out').waitFor();
});

test('a phone that signs in by passkey may approve at once, and nobody else is let in by one', async () => {
  const { phone } = await phoneWithPasskey('una');
  // The browser offers it in the field for the account; this one chooses by itself.
  const offered = phone.waitForResponse(/\/v1\/sessions$/);
  await button(phone, 'Sign out').click();
  expect((await offered).status()).toBe(201);
  await button(phone, 'Scan a code').waitFor();

  const computer = await run.browsers.computer({ width: 320, height: 900 });
  await giveAuthenticator(computer);
  await openSignIn(computer, run.server);
  await button(computer, 'Sign in with a passkey').click();
  await computer.getByText('No passkey was used.').waitFor();
  await sound(computer);
  await scanScreen(run.browsers, computer, phone);
  await heading(computer, 'Scanned').waitFor();
});

/** What a phone can still do once a request is over: take it back, or sign computers out. */

import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { setUp } from './fixture.ts';
import {
  askedOnce,
  button,
  givePassword,
  heading,
  lookAgain,
  openLink,
  openSignIn,
  pressContinue,
  readCheckCode,
  readLink,
  signedInPhone,
  signInByCamera,
  typeCheckCode,
} from './people.ts';

const run = setUp();

/** A phone and a computer that it has signed in, of an account of their own. */
async function signedIn(account: string): Promise<{ computer: Page; phone: Page }> {
  run.server.addAccount(account);
  const computer = await run.browsers.computer();
  const phone = await run.browsers.phone();
  await signedInPhone(phone, run.server, account);
  await openSignIn(computer, run.server);
  await signInByCamera(run.browsers, computer, phone);
  await heading(phone, 'Signed in').waitFor();
  return { computer, phone };
}

test('one tap undoes a sign-in: the computer is out, and nothing is left to do', async () => {
  const { computer, phone } = await signedIn('uma');
  await button(phone, 'Undo').click();
  await heading(phone, 'Undone').waitFor();
  expect(await phone.getByRole('button').allTextContents()).toEqual(['Done']);
  await lookAgain(computer);
  await heading(computer, 'You were signed out').waitFor();
  await button(phone, 'Done').click();
  await heading(phone, /^Hello/).waitFor();
});

test('“I didn’t start this” leads to signing out all computers, after the password', async () => {
  const { computer, phone } = await signedIn('rita');
  const other = await run.browsers.computer();
  await openSignIn(other, run.server);
  await openLink(phone, await readLink(other));
  await button(phone, 'Look at this request').click();
  await button(phone, 'I didn’t start this').click();
  await heading(phone, 'Declined and reported').waitFor();
  await heading(other, 'Declined').waitFor();

  await askedOnce(phone, '/v1/devices/sign-out-others');
  await button(phone, 'Sign out all my computers').click();
  await phone.getByRole('dialog', { name: 'Is it you?' }).waitFor();
  await phone.keyboard.press('Escape');
  await phone.getByRole('dialog').waitFor({ state: 'detached' });
  await heading(phone, 'Declined and reported').waitFor();
  await heading(computer, /^Signed in as/).waitFor();

  await askedOnce(phone, '/v1/devices/sign-out-others');
  await button(phone, 'Sign out all my computers').click();
  await givePassword(phone, 'not the password');
  await phone.getByText('That is not your password.').waitFor();
  await givePassword(phone);
  await heading(phone, 'Signed out').waitFor();
  await lookAgain(computer);
  await heading(computer, 'You were signed out').waitFor();
  await button(phone, 'Done').click();
  await heading(phone, /^Hello/).waitFor();
});

test('two requests in two tabs are decided apart, and each tab goes on with its own', async () => {
  run.server.addAccount('tim');
  const phone = await run.browsers.phone();
  await signedInPhone(phone, run.server, 'tim');
  const tab = await phone.context().newPage();
  const [one, two] = [await run.browsers.computer(), await run.browsers.computer()];
  for (const [page, computer] of [
    [phone, one],
    [tab, two],
  ] as const) {
    await openSignIn(computer, run.server);
    await openLink(page, await readLink(computer));
    await button(page, 'Look at this request').click();
    await heading(page, /^Sign in to/).waitFor();
  }
  await tab.reload();
  await button(phone, 'Decline').click();
  await heading(one, 'Declined').waitFor();
  await heading(phone, 'Declined').waitFor();
  await heading(tab, /^Sign in to/).waitFor();
  await pressContinue(tab);
  await typeCheckCode(two, await readCheckCode(tab));
  await heading(two, /^Signed in as/).waitFor();
  await heading(tab, 'Signed in').waitFor();
  await tab.close();
});

test('a phone whose session was ended signs in again, and is led back', async () => {
  run.server.addAccount('eva');
  const phone = await run.browsers.phone();
  const old = await run.browsers.phone();
  await signedInPhone(phone, run.server, 'eva');
  await signedInPhone(old, run.server, 'eva');
  const computer = await run.browsers.computer();
  await openSignIn(computer, run.server);
  const link = await readLink(computer);
  await phone.goto(`${run.server.issuer}/account`);
  await button(phone, 'Sign out all other devices').click();
  await phone.getByText(/^Sign-ins ended: 1/).waitFor();
  await openLink(old, link);
  await button(old, 'Look at this request').click();
  await heading(old, 'Sign in on this phone').waitFor();
  await old.getByLabel('Account').fill('eva');
  await old.getByLabel('Password', { exact: true }).fill('correct horse battery');
  await button(old, 'Sign in').click();
  await heading(old, /^Sign in to/).waitFor();
});

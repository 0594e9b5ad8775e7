/** The account's page: a phone changes the account, a computer is told why it may not. */

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
  readLink,
  signedInPhone,
  signInByCamera,
  signInOnPhone,
} from './people.ts';
import { PASSWORD } from './server.ts';

const run = setUp({}, '[phones]\nadditional = "confirm"\n[accounts]\nregistration = "open"\n');

/** A phone that is signed in to an account of its own, on the account's page. */
async function phoneOf(account: string): Promise<Page> {
  run.server.addAccount(account);
  const phone = await run.browsers.phone();
  await signedInPhone(phone, run.server, account);
  return phone;
}

async function openAccount(page: Page): Promise<void> {
  await page.goto(`${run.server.issuer}/account`);
  await heading(page, 'Your account').waitFor();
}

async function computerOf(phone: Page): Promise<Page> {
  const computer = await run.browsers.computer();
  await openSignIn(computer, run.server);
  await signInByCamera(run.browsers, computer, phone);
  return computer;
}

const device = (page: Page, name: string | RegExp) =>
  page.getByRole('listitem').filter({ has: page.getByRole('heading', { level: 3, name }) });

test('a further phone waits; another one allows it, and the request is still there', async () => {
  const first = await phoneOf('wanda');
  const computer = await run.browsers.computer();
  const second = await run.browsers.phone();
  await openSignIn(computer, run.server);
  await openLink(second, await readLink(computer));
  await button(second, 'Look at this request').click();
  await signInOnPhone(second, 'wanda');
  await heading(second, 'This phone may not approve yet').waitFor();
  await second.getByText(/may approve in/).waitFor();
  await heading(computer, 'Sign in with your phone').waitFor();

  await first.reload();
  await first.getByRole('heading', { name: 'A new phone wants to approve' }).waitFor();
  await askedOnce(first, '/allow');
  await button(first, 'Allow').click();
  await first.getByRole('dialog').waitFor();
  await first.keyboard.press('Escape');
  expect(await first.evaluate(() => document.activeElement?.textContent)).toBe('Allow');
  await askedOnce(first, '/allow');
  await button(first, 'Allow').click();
  await givePassword(first);
  await button(first, 'Allow').waitFor({ state: 'detached' });

  await button(second, 'Try again').click();
  await heading(second, /^Sign in to/).waitFor();
  await button(second, 'Decline').click();
  await button(second, 'Done').click();
  await button(second, 'Scan a code').waitFor();
});

test('a phone that waits says so at home and on the account’s page; it can be signed out', async () => {
  const first = await phoneOf('wim');
  const second = await run.browsers.phone();
  await second.goto(`${run.server.issuer}/q`);
  await signInOnPhone(second, 'wim');
  await second.getByText('This phone may not approve yet').waitFor();
  expect(await button(second, 'Scan a code').count()).toBe(0);
  await second.getByRole('link', { name: 'Your account and devices' }).click();
  await second.getByText('Until then it can’t change your account either.').waitFor();
  await openAccount(first);
  await button(first, 'Sign it out').click();
  await button(first, 'Sign it out').waitFor({ state: 'detached' });
  await lookAgain(second);
  await heading(second, 'Nobody is signed in here').waitFor();
});

test('devices are named, told apart and signed out; the computer notices', async () => {
  const phone = await phoneOf('dora');
  const computer = await computerOf(phone);
  await openAccount(phone);
  const own = device(phone, /Android|Linux/).filter({ hasText: 'This device' });
  await own.getByText('by password').waitFor();
  expect(await own.getByRole('button', { name: /^Sign out/ }).count()).toBe(0);
  const other = phone.locator('.device').filter({ hasText: 'by scan' });
  await other.getByText(/approved on Chrome/).waitFor();
  await other.getByText(/8 hours, the usual time/).waitFor();

  await other.getByRole('button', { name: /^Rename/ }).click();
  await phone.getByRole('textbox', { name: 'Name' }).fill('Kitchen');
  await phone.keyboard.press('Enter');
  await device(phone, 'Kitchen')
    .getByText(/calls itself/)
    .waitFor();
  expect(await phone.evaluate(() => document.activeElement?.textContent)).toBe('Rename');
  await phone.reload();
  await button(phone, 'Rename: Kitchen').click();
  await phone.keyboard.press('Escape');
  await button(phone, 'Rename: Kitchen').waitFor();

  await button(phone, 'Sign out: Kitchen').click();
  await phone.getByText('Kitchen is signed out.').waitFor();
  await lookAgain(computer);
  await heading(computer, 'You were signed out').waitFor();
  await phone.getByText('No other device is signed in.').waitFor();
  await phone.getByText('Devices that are signed out').click();
  await device(phone, 'Kitchen').waitFor();
  for (const words of ['A computer was signed in by scan', 'A device got another name']) {
    await phone.getByText(words).waitFor();
  }
  await phone.getByText(/from another device/).waitFor();
});

test('all others are signed out after the password, and not by a slip', async () => {
  const phone = await phoneOf('otto');
  const computer = await computerOf(phone);
  await openAccount(phone);
  await askedOnce(phone, '/v1/devices/sign-out-others');
  await button(phone, 'Sign out all other devices').click();
  await phone.getByRole('dialog', { name: 'Is it you?' }).waitFor();
  await button(phone, 'Cancel').click();
  await phone.getByRole('dialog').waitFor({ state: 'detached' });
  await heading(computer, /^Signed in as/).waitFor();
  await button(phone, 'Sign out all other devices').click();
  await phone.getByText('Sign-ins ended: 1.').waitFor();
  await lookAgain(computer);
  await heading(computer, 'You were signed out').waitFor();
  await heading(phone, 'Your account').waitFor();
});

test('a changed password signs the others out; the old one is good for nothing', async () => {
  const phone = await phoneOf('paula');
  const computer = await computerOf(phone);
  await openAccount(phone);
  await button(phone, 'Change the password').click();
  const set = async (password: string) => {
    await phone.getByLabel('New password').fill(password);
    await button(phone, 'Set the password').click();
  };
  await set('short');
  await phone.getByText('That is too short. Use at least 8 characters.').waitFor();
  await set('password123');
  await phone.getByText(/^Too many people use that password/).waitFor();
  await askedOnce(phone, '/v1/password');
  await set('three unusual wolves');
  await givePassword(phone);
  await phone.getByText('The password is changed. Sign-ins ended on other devices: 1.').waitFor();
  await lookAgain(computer);
  await heading(computer, 'You were signed out').waitFor();

  const other = await run.browsers.phone();
  await other.goto(`${run.server.issuer}/q`);
  await signInOnPhone(other, 'paula');
  await other.getByText('Account and password don’t match.').waitFor();
  await other.getByLabel('Password', { exact: true }).fill('three unusual wolves');
  await button(other, 'Sign in').click();
  await heading(other, /^Hello/).waitFor();
});

test('a locked account is signed out everywhere, and lets nobody in', async () => {
  const phone = await phoneOf('lea');
  const computer = await computerOf(phone);
  await openAccount(phone);
  await button(phone, 'Lock my account').click();
  await phone.getByRole('dialog', { name: 'Lock your account?' }).waitFor();
  expect(await phone.evaluate(() => document.activeElement?.textContent)).toBe('Cancel');
  await phone.keyboard.press('Enter');
  await phone.getByRole('dialog').waitFor({ state: 'detached' });
  await button(phone, 'Lock my account').click();
  await button(phone, 'Lock it now').click();
  await heading(phone, 'Your account is locked').waitFor();
  await lookAgain(computer);
  await heading(computer, 'You were signed out').waitFor();
  await phone.goto(`${run.server.issuer}/q`);
  await signInOnPhone(phone, 'lea');
  await phone.locator('.message.bad').filter({ hasText: /./ }).waitFor();
  await heading(phone, 'Sign in on this phone').waitFor();
});

test('a computer signed in by a scan is told who it is, and why it may change nothing', async () => {
  const phone = await phoneOf('cora');
  const computer = await computerOf(phone);
  await computer.goto(`${run.server.issuer}/account`);
  await heading(computer, 'Signed in as cora').waitFor();
  await computer.getByText(/^This computer was signed in by a scan/).waitFor();
  await computer.getByText(`Open ${run.server.issuer}/account on your phone.`).waitFor();
  expect(await computer.getByRole('button').allTextContents()).toEqual(['Sign out']);
  await button(computer, 'Sign out').click();
  await heading(computer, 'You are signed out').waitFor();
  await computer.reload();
  await heading(computer, 'Nobody is signed in here').waitFor();
  await computer.getByRole('link', { name: 'This is a computer' }).click();
  await heading(computer, 'Sign in with your phone').waitFor();
});

test('a phone signs out here, and another’s account is not shown', async () => {
  const phone = await phoneOf('hugo');
  await openAccount(phone);
  await button(phone, 'Sign out').click();
  await heading(phone, 'You are signed out').waitFor();
  await phone.goto(`${run.server.issuer}/account`);
  await heading(phone, 'Nobody is signed in here').waitFor();
  await phone.getByRole('link', { name: 'This is my phone' }).click();
  await heading(phone, 'Sign in on this phone').waitFor();
});

test('a new account is made on the phone that scanned, and the request is looked at', async () => {
  const computer = await run.browsers.computer();
  const phone = await run.browsers.phone();
  await openSignIn(computer, run.server);
  await openLink(phone, await readLink(computer));
  await button(phone, 'Look at this request').click();
  await button(phone, 'Make a new account').click();
  const make = async (account: string, password: string) => {
    await phone.getByLabel('Account').fill(account);
    await phone.getByLabel('Password', { exact: true }).fill(password);
    await button(phone, 'Make the account').click();
  };
  await make('No Body', 'three unusual wolves');
  await phone.getByText(/^Use 1 to 64 small letters/).waitFor();
  await make('nina', 'short');
  await phone.getByText('That is too short. Use at least 8 characters.').waitFor();
  await make('anna', 'three unusual wolves');
  await phone.getByText('That name is taken. Choose another one.').waitFor();
  await make('nina', PASSWORD);
  await heading(phone, /^Sign in to/).waitFor();
});

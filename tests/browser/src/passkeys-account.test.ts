/** Passkeys and recovery codes on the account's page, with an authenticator of the browser's own. */

import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { giveAuthenticator } from './authenticator.ts';
import { setUp } from './fixture.ts';
import { askedOnce, button, heading, signedInPhone } from './people.ts';
import { sound } from './soundness.ts';

/** Nobody can wait a day here; that there is a wait otherwise is another file's matter. */
const run = setUp({}, '[recovery]\nwait_hours = 0\n');

/** A phone of an account of its own, on the account's page. */
async function accountOf(name: string, phone: Page): Promise<void> {
  await signedInPhone(phone, run.server, name);
  await phone.goto(`${run.server.issuer}/account`);
  await heading(phone, 'Your account').waitFor();
}

const part = (page: Page, name: string) =>
  page.locator('section.part').filter({ has: page.getByRole('heading', { level: 2, name }) });

/** Makes recovery codes, keeps them, and says so. */
async function keepCodes(phone: Page): Promise<string[]> {
  const codes = phone.locator('.codes code');
  await codes.first().waitFor();
  const made = await codes.allTextContents();
  await phone.getByLabel('I have kept them where I find them again').check();
  await button(phone, 'Done').click();
  await phone.getByText('Codes left: 10.').waitFor();
  expect(await codes.count()).toBe(0);
  return made;
}

async function addPasskey(phone: Page, name: string): Promise<void> {
  await button(phone, 'Add a passkey').click();
  await phone.getByLabel('Name of the passkey').fill(name);
  await button(phone, 'Make the passkey').click();
  await phone.getByText(`${name} is added.`).waitFor();
}

test('a passkey is added, named, given where the password would be, and removed', async () => {
  run.server.addAccount('pia');
  const phone = await run.browsers.phone({ width: 320, dark: true });
  const authenticator = await giveAuthenticator(phone);
  await accountOf('pia', phone);
  const passkeys = part(phone, 'Passkeys');
  await passkeys.getByText('You have no passkey yet.').waitFor();
  await addPasskey(phone, 'Thumb');
  expect(await authenticator.kept()).toHaveLength(1);
  await passkeys.getByText('On one device only').waitFor();
  await part(phone, 'Activity').getByText('A passkey was added').waitFor();

  // Nobody has two on one device.
  await button(phone, 'Add a passkey').click();
  await button(phone, 'Make the passkey').click();
  await passkeys.getByText('That device has a passkey of your account already.').waitFor();
  await sound(phone);
  await button(phone, 'Cancel').click();

  await askedOnce(phone, '/v1/recovery/codes');
  await button(phone, 'Make recovery codes').click();
  await authenticator.willing(false);
  await button(phone, 'Use your passkey').click();
  await phone.getByRole('dialog').getByText('No passkey was used.').waitFor();
  await sound(phone);
  await authenticator.willing(true);
  await button(phone, 'Use your passkey').click();
  await phone.locator('.codes').waitFor();
  await sound(phone);
  const saved = phone.waitForEvent('download');
  await button(phone, 'Save as a file').click();
  expect((await saved).suggestedFilename()).toBe('recovery-codes.txt');
  expect(new Set(await keepCodes(phone)).size).toBe(10);

  await phone.getByRole('button', { name: 'Rename: Thumb' }).click();
  await passkeys.getByLabel('Name', { exact: true }).fill('Index finger');
  await phone.keyboard.press('Enter');
  await phone.getByRole('button', { name: 'Remove: Index finger' }).click();
  const sure = phone.getByRole('dialog', { name: 'Remove Index finger?' });
  await sure.getByRole('button', { name: 'Remove' }).click();
  await passkeys.getByText('Index finger is removed.').waitFor();
  await passkeys.getByText('You have no passkey yet.').waitFor();
});

test('a phone that is lost takes the passkey that it added with it', async () => {
  run.server.addAccount('lou');
  const first = await run.browsers.phone();
  const lost = await run.browsers.phone();
  await giveAuthenticator(lost);
  await accountOf('lou', first);
  await accountOf('lou', lost);
  await addPasskey(lost, 'Lost thumb');
  // The other phone sees it as it happens.
  await part(first, 'Activity').getByText('A passkey was added').waitFor();
  await part(first, 'Passkeys').getByText('Lost thumb').waitFor();
  await first.getByRole('button', { name: /^I lost this phone/ }).click();
  await sound(first);
  await button(first, 'It is lost, end all that').click();
  await first.getByText('Sign-ins ended: 1. Passkeys removed: 1.').waitFor();
  await part(first, 'Passkeys').getByText('You have no passkey yet.').waitFor();
  await heading(lost, 'Nobody is signed in here').waitFor();
});

test('who came back by a code chooses what to sign in with, and is asked for nothing old', async () => {
  run.server.addAccount('ron');
  const other = await run.browsers.phone();
  await accountOf('ron', other);
  await button(other, 'Make recovery codes').click();
  const [code = ''] = await keepCodes(other);
  const phone = await run.browsers.phone({ width: 320 });
  const authenticator = await giveAuthenticator(phone);
  await phone.goto(`${run.server.issuer}/recover`);
  await phone.getByLabel('Account').fill('ron');
  await phone.getByLabel('Recovery code').fill(code);
  await button(phone, 'Start the recovery').click();
  await heading(phone, 'You are back').waitFor();
  await sound(phone);
  await button(phone, 'Make a passkey').click();
  await heading(phone, 'All yours again').waitFor();
  expect(await authenticator.kept()).toHaveLength(1);
  await sound(phone);
});

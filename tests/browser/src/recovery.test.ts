/** The way back with a recovery code, seen from both phones; and the link that takes a sign-in back. */

import type { Page } from 'playwright-core';
import { afterAll, expect, test } from 'vitest';
import { setUp } from './fixture.ts';
import { hearNotices } from './notices.ts';
import { button, heading, lookAgain, openLink, signedInPhone } from './people.ts';
import { sound } from './soundness.ts';

const notices = await hearNotices();
const run = setUp({}, notices.config);
afterAll(notices.close);

/** Makes recovery codes on the account's page, which stays open. */
async function makeCodes(phone: Page, account: string): Promise<string[]> {
  run.server.addAccount(account);
  await signedInPhone(phone, run.server, account);
  await phone.goto(`${run.server.issuer}/account`);
  await phone.getByText('You have none. If you lose your phone, you are locked out.').waitFor();
  await button(phone, 'Make recovery codes').click();
  const codes = phone.locator('.codes code');
  await codes.first().waitFor();
  const made = await codes.allTextContents();
  await phone.getByLabel('I have kept them where I find them again').check();
  await button(phone, 'Done').click();
  return made;
}

async function recover(phone: Page, account: string, code: string): Promise<void> {
  await phone.getByLabel('Account').fill(account);
  await phone.getByLabel('Recovery code').fill(code);
  await button(phone, 'Start the recovery').click();
}

test('a recovery waits over a reload, shows on the other phone, and is stopped from there', async () => {
  const owner = await run.browsers.phone();
  const [code = ''] = await makeCodes(owner, 'rita');
  const thief = await run.browsers.phone({ width: 320, dark: true });
  await thief.goto(`${run.server.issuer}/q`);
  await thief.getByRole('link', { name: 'Lost your phone?' }).click();
  await heading(thief, 'Lost your phone?').waitFor();
  await sound(thief);
  await recover(thief, 'rita', 'aaaa-bbbb-cccc-dddd-eeee-ffff');
  await thief.getByText('Account and code don’t match').waitFor();
  await recover(thief, 'rita', code.toUpperCase().replaceAll('-', ' '));
  await heading(thief, 'The recovery has started').waitFor();
  await thief.getByText('24 hours left').waitFor();
  await sound(thief);
  await thief.reload();
  await thief.getByText('24 hours left').waitFor();

  // No phone makes it quicker; each can stop it.
  await owner.getByRole('heading', { name: 'A recovery was started' }).waitFor();
  expect(await button(owner, 'Allow').count()).toBe(0);
  await sound(owner);
  const said = owner.getByRole('listitem').filter({ hasText: 'Somebody came back by a recovery' });
  await said.getByRole('button', { name: /^Undo/ }).click();
  await owner.getByText('Undone. Sign-ins ended: 1.').waitFor();
  // Whoever had one code had the sheet: the others are void.
  await owner.getByText(/^You have none/).waitFor();
  await lookAgain(thief);
  await heading(thief, 'The recovery was stopped').waitFor();
  await sound(thief);
});

test('the link of a notice takes a sign-in back, for who is signed in nowhere', async () => {
  run.server.addAccount('uma');
  const phone = await run.browsers.phone();
  await signedInPhone(phone, run.server, 'uma');
  const { data } = await notices.about('session.opened', 'uma');
  const link = data.undo_url ?? '';
  const reader = await run.browsers.computer({ width: 1440, dark: true });
  await reader.goto(link);
  await heading(reader, 'Undo this sign-in?').waitFor();
  await sound(reader);
  await phone.reload();
  await heading(phone, /^Hello/).waitFor();
  await button(reader, 'Undo it').click();
  await heading(reader, 'Undone').waitFor();
  await reader.getByText('Sign-ins ended: 1.').waitFor();
  await sound(reader);
  await phone.reload();
  await heading(phone, 'Sign in on this phone').waitFor();
  await openLink(reader, link);
  await button(reader, 'Undo it').click();
  await reader.getByText('It was over already.').waitFor();
});

test('an undo link does nothing before a tap, and a bad one nothing at all', async () => {
  const page = await run.browsers.phone({ width: 320 });
  await openLink(page, `${run.server.issuer}/undo#made-up`);
  await heading(page, 'Undo this sign-in?').waitFor();
  expect(page.url()).toBe(`${run.server.issuer}/undo`);
  await sound(page);
  await button(page, 'Undo it').click();
  await heading(page, 'This link is not good any more').waitFor();
  await sound(page);
});

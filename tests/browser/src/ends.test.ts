import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { setUp } from './fixture.ts';
import {
  button,
  heading,
  openSignIn,
  pressContinue,
  qrCode,
  readCheckCode,
  scanScreen,
  signedInPhone,
  typeCheckCode,
} from './people.ts';

const run = setUp();

async function scanned(): Promise<{ computer: Page; phone: Page }> {
  const computer = await run.browsers.computer();
  const phone = await run.browsers.phone();
  await signedInPhone(phone, run.server);
  await openSignIn(computer, run.server);
  await scanScreen(run.browsers, computer, phone);
  return { computer, phone };
}

/** A code that is surely not this one. */
const wrong = (code: string) => (code === '000000' ? '111111' : '000000');

test.each([
  ['Decline', 'Declined'],
  ['I didn’t start this', 'Declined and reported'],
])('%s on the phone: both say so, and nobody is signed in', async (label, said) => {
  const { computer, phone } = await scanned();
  await button(phone, label).click();
  await heading(phone, said).waitFor();
  await heading(computer, 'Declined').waitFor();
  await button(computer, 'Show a new code').click();
  await qrCode(computer).locator('path').waitFor();
});

test('cancel on the computer: the phone says so', async () => {
  const { computer, phone } = await scanned();
  await button(computer, 'Cancel').click();
  await heading(computer, 'Cancelled').waitFor();
  await heading(phone, 'Cancelled on the computer').waitFor();
});

test('a computer that leaves the page takes its request back', async () => {
  const { computer, phone } = await scanned();
  await computer.reload();
  await heading(phone, 'Cancelled on the computer').waitFor();
});

test('a wrong code: the computer counts, the phone is told, the right one still works', async () => {
  const { computer, phone } = await scanned();
  await pressContinue(phone);
  const code = await readCheckCode(phone);
  await typeCheckCode(computer, wrong(code));
  await computer.getByText('That code is not right. 2 tries left.').waitFor();
  await phone.getByText(/^A wrong code was typed/).waitFor();
  await typeCheckCode(computer, code);
  await heading(computer, /^Signed in as/).waitFor();
});

test('three wrong codes end it', async () => {
  const { computer, phone } = await scanned();
  await pressContinue(phone);
  const code = await readCheckCode(phone);
  await typeCheckCode(computer, wrong(code));
  await computer.getByText(/2 tries left/).waitFor();
  await typeCheckCode(computer, wrong(code));
  await computer.getByText(/One try left/).waitFor();
  await typeCheckCode(computer, wrong(code));
  await heading(computer, 'Declined').waitFor();
  await heading(phone, 'Declined').waitFor();
});

test('the phone stops it while its code is shown', async () => {
  const { computer, phone } = await scanned();
  await pressContinue(phone);
  await heading(computer, /^Type the code/).waitFor();
  await button(phone, 'Stop this sign-in').click();
  await heading(computer, 'Declined').waitFor();
});

test('somebody else scans too: refused, and the first phone is warned', async () => {
  run.server.addAccount('ben');
  const computer = await run.browsers.computer();
  const first = await run.browsers.phone();
  const second = await run.browsers.phone();
  await signedInPhone(first, run.server);
  await signedInPhone(second, run.server, 'ben');
  await openSignIn(computer, run.server);
  await scanScreen(run.browsers, computer, first);
  await button(second, 'Scan a code').click();
  await heading(second, 'This code can’t be used').waitFor();
  await first.getByText(/^Somebody else scanned this code too/).waitFor();
});

test('a request that changes before Continue is shown again, and asked anew', async () => {
  run.server.addAccount('cleo');
  const { computer, phone } = await scanned();
  const other = await run.browsers.phone();
  await signedInPhone(other, run.server, 'cleo');
  await button(other, 'Scan a code').click();
  await heading(other, 'This code can’t be used').waitFor();
  await phone.getByText(/^Somebody else scanned this code too/).waitFor();

  const answer = phone.waitForResponse(/\/v1\/scans\/confirm$/);
  await pressContinue(phone);
  const refused = await answer;
  expect(refused.status()).toBe(409);
  expect(await refused.json()).toMatchObject({ code: 'context_changed' });
  await phone.getByText(/^Something about the request changed/).waitFor();
  await phone.getByText(/^Somebody else scanned this code too/).waitFor();
  expect(await phone.evaluate(() => document.activeElement?.textContent)).toBe('Decline');
  await heading(computer, 'Scanned').waitFor();

  await pressContinue(phone);
  await heading(computer, /^Type the code/).waitFor();
  await typeCheckCode(computer, await readCheckCode(phone));
  await heading(computer, /^Signed in as anna/).waitFor();
});

test('signing out of the phone asks for the password again', async () => {
  const phone = await run.browsers.phone();
  await signedInPhone(phone, run.server);
  await button(phone, 'Sign out').click();
  await heading(phone, 'Sign in on this phone').waitFor();
  await phone.reload();
  await heading(phone, 'Sign in on this phone').waitFor();
});

test('a wrong password is said, and the account is not', async () => {
  const phone = await run.browsers.phone();
  await phone.goto(`${run.server.issuer}/q`);
  for (const account of ['anna', 'nobody']) {
    await phone.getByLabel('Account').fill(account);
    await phone.getByLabel('Password', { exact: true }).fill('wrong wrong wrong');
    const answer = phone.waitForResponse(/\/v1\/sessions$/);
    await button(phone, 'Sign in').click();
    expect((await answer).status()).toBe(401);
    await phone.getByText('Account and password don’t match.').waitFor();
  }
});

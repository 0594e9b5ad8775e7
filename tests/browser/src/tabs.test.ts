import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { setUp } from './fixture.ts';
import {
  button,
  heading,
  openSignIn,
  qrCode,
  readLink,
  signedInPhone,
  signInByPassword,
} from './people.ts';

const run = setUp();

async function twoTabs(): Promise<[Page, Page]> {
  const first = await run.browsers.computer();
  const second = await first.context().newPage();
  await openSignIn(first, run.server);
  await openSignIn(second, run.server);
  return [first, second];
}

test('two tabs have a code each, and sign in and out together', async () => {
  const [first, second] = await twoTabs();
  expect(await readLink(first)).not.toBe(await readLink(second));
  const takenBack = second.waitForResponse(/\/cancel$/);
  await signInByPassword(first);
  await heading(first, 'Signed in as anna').waitFor();
  await heading(second, 'Signed in as anna').waitFor();
  expect((await takenBack).status()).toBe(200);

  await button(second, 'Sign out').click();
  await heading(second, 'You are signed out').waitFor();
  await heading(first, 'You are signed out').waitFor();
  await button(first, 'Sign in again').click();
  await qrCode(first).locator('path').waitFor();
});

test('reload and back show the truth, not what was', async () => {
  const [first, second] = await twoTabs();
  const code = await readLink(first);
  await first.reload();
  await qrCode(first).locator('path').waitFor();
  expect(await readLink(first)).not.toBe(code);
  await signInByPassword(first);
  await heading(first, 'Signed in as anna').waitFor();
  await first.reload();
  await heading(first, 'Signed in as anna').waitFor();
  await first.goto('about:blank');
  await button(second, 'Sign out').click();
  await heading(second, 'You are signed out').waitFor();
  await first.goBack();
  await qrCode(first).locator('path').waitFor();
  expect(await heading(first, /^Signed in/).count()).toBe(0);
});

test('a tab that a browser brings back from its cache does not show what was', async () => {
  const [first, second] = await twoTabs();
  await signInByPassword(second);
  await heading(first, 'Signed in as anna').waitFor();
  // The cache itself is off under a debugger: its two events are what the page gets of it.
  await first.evaluate(() =>
    dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })),
  );
  expect(await heading(first, /^Signed in/).count()).toBe(0);
  await button(second, 'Sign out').click();
  await heading(second, 'You are signed out').waitFor();
  await first.evaluate(() =>
    dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })),
  );
  await qrCode(first).locator('path').waitFor();
});

test('no token is kept, and no script can read the cookie', async () => {
  const computer = await run.browsers.computer();
  await openSignIn(computer, run.server);
  await signInByPassword(computer);
  await heading(computer, 'Signed in as anna').waitFor();
  expect(await computer.evaluate(() => document.cookie)).toBe('');
  const sessions = await computer.evaluate(async () => {
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const opening = indexedDB.open('countersign');
      opening.onsuccess = () => resolve(opening.result);
      opening.onerror = () => reject(opening.error);
    });
    const asking = database.transaction('sessions').objectStore('sessions').getAllKeys();
    return new Promise(resolve => {
      asking.onsuccess = () => resolve(asking.result);
    });
  });
  expect(sessions).toEqual([]);
  const [cookie, ...more] = await computer.context().cookies();
  expect(more.filter(({ name }) => name === '__Host-session')).toEqual([]);
  expect(cookie).toMatchObject({ httpOnly: true, secure: true });
});

test('a computer that is signed out from the phone says so, and leads back', async () => {
  run.server.addAccount('dora');
  const phone = await run.browsers.phone();
  const computer = await run.browsers.computer();
  await signedInPhone(phone, run.server, 'dora');
  await openSignIn(computer, run.server);
  await signInByPassword(computer, 'dora');
  await heading(computer, 'Signed in as dora').waitFor();
  await phone.goto(`${run.server.issuer}/account`);
  await phone.getByRole('button', { name: /^Sign out: / }).click();
  await phone
    .getByText(/ is signed out\.$/)
    .first()
    .waitFor();
  // Half a minute later it would look by itself; being looked at is quicker.
  await computer.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await heading(computer, 'You were signed out').waitFor();
  await button(computer, 'Sign in again').click();
  await qrCode(computer).locator('path').waitFor();
});

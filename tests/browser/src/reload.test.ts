import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { setUp } from './fixture.ts';
import {
  button,
  heading,
  openLink,
  openSignIn,
  pressContinue,
  readCheckCode,
  readLink,
  scanScreen,
  signedInPhone,
  signInOnPhone,
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

/** What the tab keeps over a reload. */
const kept = (phone: Page) => phone.evaluate(() => Object.values({ ...sessionStorage }));

test('a phone page that is loaded again goes on with its request, before and after Continue', async () => {
  const { computer, phone } = await scanned();
  await phone.reload();
  await heading(phone, /^Sign in to/).waitFor();
  expect(await phone.evaluate(() => document.activeElement?.textContent)).toBe('Decline');
  const [text = '', ...more] = await kept(phone);
  expect(more).toEqual([]);
  expect(JSON.parse(text)).toEqual({
    scanned: { scan: expect.stringMatching(/^[\w-]{22}\.[\w-]{11}$/) },
    openedBy: 'scanner',
  });

  await pressContinue(phone);
  const code = await readCheckCode(phone);
  await phone.reload();
  expect(await readCheckCode(phone)).toBe(code);
  await typeCheckCode(computer, code);
  await heading(computer, /^Signed in as/).waitFor();
  await heading(phone, 'Signed in').waitFor();
  // What it gave can be taken back after a reload too.
  const [end = ''] = await kept(phone);
  expect(JSON.parse(end)).toEqual({
    end: { client: 'Countersign', grant: expect.stringMatching(/^[\w-]+$/) },
  });
  await phone.reload();
  await heading(phone, 'Signed in').waitFor();
  await button(phone, 'Undo').click();
  await heading(phone, 'Undone').waitFor();
  expect(await kept(phone)).toEqual([]);
  await phone.reload();
  await heading(phone, /^Hello/).waitFor();
});

test('a page that is loaded again while it waits for the password still has the request', async () => {
  const computer = await run.browsers.computer();
  const phone = await run.browsers.phone();
  await openSignIn(computer, run.server);
  await openLink(phone, await readLink(computer));
  await button(phone, 'Look at this request').click();
  await heading(phone, 'Sign in on this phone').waitFor();
  await phone.reload();
  await signInOnPhone(phone);
  await heading(phone, /^Sign in to/).waitFor();
  await heading(computer, 'Scanned').waitFor();
});

test('a request that waits for the password can be left', async () => {
  const computer = await run.browsers.computer();
  const phone = await run.browsers.phone();
  await openSignIn(computer, run.server);
  await openLink(phone, await readLink(computer));
  await button(phone, 'Look at this request').click();
  await heading(phone, 'Sign in on this phone').waitFor();
  await button(phone, 'No, leave it').click();
  await button(phone, 'No, leave it').waitFor({ state: 'detached' });
  await signInOnPhone(phone);
  await heading(phone, /^Hello/).waitFor();
  await heading(computer, 'Sign in with your phone').waitFor();
});

test('a request that was declined does not come back', async () => {
  const { phone } = await scanned();
  await button(phone, 'Decline').click();
  await heading(phone, 'Declined').waitFor();
  await phone.reload();
  await heading(phone, /^Hello/).waitFor();
});

test('a request that ended while the page was away is said to be over, once', async () => {
  const { computer, phone } = await scanned();
  await phone.goto('about:blank');
  await button(computer, 'Cancel').click();
  await heading(computer, 'Cancelled').waitFor();
  await phone.goto(`${run.server.issuer}/q`);
  await phone.getByText(/^This sign-in is over/).waitFor();
  await phone.reload();
  await heading(phone, /^Hello/).waitFor();
});

test('a server that restarts between scan and decision loses neither, nor does a lost network', async () => {
  const { computer, phone } = await scanned();
  await run.server.pause();
  await phone.locator('.notice').waitFor();
  await run.server.resume();
  await phone.locator('.notice').waitFor({ state: 'hidden' });
  await pressContinue(phone);
  const code = await readCheckCode(phone);
  await phone.context().setOffline(true);
  await phone.locator('.notice').waitFor();
  await typeCheckCode(computer, code);
  await heading(computer, /^Signed in as/).waitFor();
  await phone.context().setOffline(false);
  await heading(phone, 'Signed in').waitFor();
  await button(phone, 'Undo').waitFor();
});

test('without a network a request is looked at as soon as there is one', async () => {
  const computer = await run.browsers.computer();
  const phone = await run.browsers.phone();
  await signedInPhone(phone, run.server);
  await openSignIn(computer, run.server);
  await openLink(phone, await readLink(computer));
  await heading(phone, /^A computer asks/).waitFor();
  await phone.context().setOffline(true);
  await button(phone, 'Look at this request').click();
  await phone.locator('.notice').waitFor();
  await phone.context().setOffline(false);
  await heading(phone, /^Sign in to/).waitFor();
});

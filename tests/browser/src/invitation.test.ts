/** An invitation: nothing before a tap, the first phone after it, and no second time. */

import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { giveAuthenticator } from './authenticator.ts';
import { setUp } from './fixture.ts';
import { button, heading, openLink, signedInPhone } from './people.ts';
import { PASSWORD } from './server.ts';
import { sound } from './soundness.ts';

const run = setUp();

/** What the page asks of the server. */
function calls(page: Page): string[] {
  const heard: string[] = [];
  page.on('request', request => {
    const { pathname } = new URL(request.url());
    if (pathname.startsWith('/v1/')) heard.push(pathname);
  });
  return heard;
}

test('with a passkey this device becomes the first phone; the link is spent', async () => {
  const link = run.server.invite('nina');
  const phone = await run.browsers.phone({ width: 320 });
  await giveAuthenticator(phone);
  const asked = calls(phone);
  await phone.goto(link);
  await heading(phone, 'You are invited').waitFor();
  expect(phone.url()).toBe(`${run.server.issuer}/welcome`);
  expect(asked).toEqual([]);
  await sound(phone);
  await phone.keyboard.press('Tab');
  await phone.keyboard.press('Enter');
  await heading(phone, 'Welcome, nina').waitFor();
  await sound(phone);
  await button(phone, 'Use a passkey').click();
  await heading(phone, 'This phone can now sign computers in').waitFor();
  await sound(phone);
  await phone.getByRole('link', { name: 'Scan a code' }).click();
  await button(phone, 'Scan a code').waitFor();

  const second = await run.browsers.phone({ dark: true });
  await second.goto(link);
  await button(second, 'Open the invitation').click();
  await heading(second, 'This invitation is not good any more').waitFor();
  await sound(second);
  await second.reload();
  await heading(second, 'No invitation here').waitFor();
});

test('who lost everything comes back by one, with a password, and all else ends', async () => {
  run.server.addAccount('olga');
  const old = await run.browsers.phone();
  await signedInPhone(old, run.server, 'olga');
  const phone = await run.browsers.phone();
  await openLink(phone, run.server.invite('olga'));
  await button(phone, 'Open the invitation').click();
  await button(phone, 'Use a password').click();
  const password = phone.getByLabel('Password', { exact: true });
  await password.fill('password');
  await button(phone, 'Start with this password').click();
  await phone.getByText(/^Too many people use that password/).waitFor();
  await sound(phone);
  await password.fill(`${PASSWORD} anew`);
  await button(phone, 'Start with this password').click();
  await heading(phone, 'This phone can now sign computers in').waitFor();
  await old.reload();
  await heading(old, 'Sign in on this phone').waitFor();
});

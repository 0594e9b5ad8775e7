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
  signInByCamera,
  typeCheckCode,
} from './people.ts';

const run = setUp();

test('a phone scans the screen, the person reads, continues and types the code: signed in', async () => {
  const computer = await run.browsers.computer();
  const phone = await run.browsers.phone();
  await signedInPhone(phone, run.server);
  await openSignIn(computer, run.server);
  expect(await qrCode(computer).getAttribute('aria-label')).not.toContain('#');

  await scanScreen(run.browsers, computer, phone);
  await heading(computer, 'Scanned').waitFor();
  const request = await phone.locator('#stage').innerText();
  expect(request).toContain(new URL(run.server.issuer).host);
  expect(request).toMatch(/^Asked\n(now|\d+ seconds? ago)$/m);
  expect(request).toContain('8 hours');
  expect(await phone.evaluate(() => document.activeElement?.textContent)).toBe('Decline');

  await pressContinue(phone);
  await heading(computer, 'Type the code your phone shows').waitFor();
  const code = await readCheckCode(phone);
  expect(code).toMatch(/^\d{6}$/);
  await typeCheckCode(computer, code);

  await heading(computer, 'Signed in as anna').waitFor();
  await heading(phone, 'Signed in').waitFor();
  expect(await computer.locator('#stage').innerText()).toContain('by phone');

  await computer.reload();
  await heading(computer, 'Signed in as anna').waitFor();
});

test('signing out ends the session for good; the known computer then needs no code', async () => {
  const computer = await run.browsers.computer();
  const phone = await run.browsers.phone();
  await signedInPhone(phone, run.server);
  await openSignIn(computer, run.server);
  await signInByCamera(run.browsers, computer, phone);

  await computer.getByText('Not you?').waitFor();
  await button(computer, 'Sign out').click();
  await heading(computer, 'You are signed out').waitFor();
  await computer.reload();
  await qrCode(computer).locator('path').waitFor();

  await button(phone, 'Done').click();
  await scanScreen(run.browsers, computer, phone);
  await phone.getByText(/^Known since/).waitFor();
  await phone.getByText('Its key was proved: the same computer as before').waitFor();
  await pressContinue(phone);
  await heading(computer, 'Signed in as anna').waitFor();
  await heading(phone, 'Signed in').waitFor();
});

test('the code is pasted, with a space in it', async () => {
  const computer = await run.browsers.computer();
  const phone = await run.browsers.phone();
  await signedInPhone(phone, run.server);
  await openSignIn(computer, run.server);
  await scanScreen(run.browsers, computer, phone);
  await pressContinue(phone);
  const code = await readCheckCode(phone);
  await computer.getByLabel('Six-digit code').fill(`${code.slice(0, 3)} ${code.slice(3)}`);
  await heading(computer, /^Signed in as/).waitFor();
});

test('a computer that is to stay signed in does so for 30 days', async () => {
  const computer = await run.browsers.computer();
  const phone = await run.browsers.phone();
  await signedInPhone(phone, run.server);
  await openSignIn(computer, run.server);
  await scanScreen(run.browsers, computer, phone);
  await phone.getByRole('switch', { name: /^Keep that computer/ }).check();
  await pressContinue(phone);
  const answer = computer.waitForResponse(/\/v1\/me$/);
  await typeCheckCode(computer, await readCheckCode(phone));
  const { grant } = (await (await answer).json()) as {
    grant: { signed_in_at: number; expires_at: number };
  };
  expect(grant.expires_at - grant.signed_in_at).toBe(30 * 86_400);
});

/** What people do in front of the pages, in their own words. Finds things as they do: by name. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Locator, Page } from 'playwright-core';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
import type { Browsers } from './browsers.ts';
import { showToCamera } from './camera.ts';
import { PASSWORD, type Server } from './server.ts';

export const heading = (page: Page, name: string | RegExp): Locator =>
  page.getByRole('heading', { level: 1, name });

export const button = (page: Page, name: string): Locator =>
  page.getByRole('button', { name, exact: true });

export const qrCode = (page: Page): Locator => page.getByRole('img', { name: /^QR code/ });

/** Opens the sign-in page and waits until it shows a code. */
export async function openSignIn(page: Page, server: Server): Promise<void> {
  await page.goto(server.issuer);
  await qrCode(page).locator('path').waitFor();
}

/** Signs in on the sign-in page by password. */
export async function signInByPassword(
  computer: Page,
  account = 'anna',
  password = PASSWORD,
): Promise<void> {
  await button(computer, 'Password').click();
  await computer.getByLabel('Account').fill(account);
  await computer.getByLabel('Password', { exact: true }).fill(password);
  await computer.keyboard.press('Enter');
}

/** Fills in the phone's sign-in form. */
export async function signInOnPhone(phone: Page, account = 'anna'): Promise<void> {
  await phone.getByLabel('Account').fill(account);
  await phone.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await button(phone, 'Sign in').click();
}

/** A phone that is signed in and shows its home. */
export async function signedInPhone(phone: Page, server: Server, account = 'anna'): Promise<void> {
  await phone.goto(`${server.issuer}/q`);
  await signInOnPhone(phone, account);
  await heading(phone, /^Hello/).waitFor();
}

/** Points the phone's camera at the computer's screen, and opens the scanner. */
export async function scanScreen(browsers: Browsers, computer: Page, phone: Page): Promise<void> {
  showToCamera(await computer.screenshot(), browsers.film);
  await button(phone, 'Scan a code').click();
  await heading(phone, /^Sign in to/).waitFor();
}

/** Opens a link anew, as a camera app does: a page that is open already would only see its fragment. */
export async function openLink(page: Page, link: string): Promise<void> {
  await page.goto('about:blank');
  await page.goto(link);
}

/** Waits until Continue wakes, and takes it. */
export async function pressContinue(phone: Page): Promise<void> {
  await button(phone, 'Continue').click();
}

/** Reads the check code off the phone's screen. */
export async function readCheckCode(phone: Page): Promise<string> {
  const label = await phone.getByRole('img', { name: /^The code is/ }).getAttribute('aria-label');
  return (label ?? '').replaceAll(/\D/g, '');
}

/** Types the check code on the computer. */
export async function typeCheckCode(computer: Page, code: string): Promise<void> {
  await computer.getByLabel('Six-digit code from your phone').pressSequentially(code);
}

/** From a fresh code to a computer that is signed in. */
export async function signInByCamera(
  browsers: Browsers,
  computer: Page,
  phone: Page,
): Promise<void> {
  await scanScreen(browsers, computer, phone);
  await pressContinue(phone);
  await heading(computer, /^Type the code/).waitFor();
  await typeCheckCode(computer, await readCheckCode(phone));
  await heading(computer, /^Signed in as/).waitFor();
}

/** Reads the link out of the code on the screen, as a phone's own camera app would. */
export async function readLink(computer: Page): Promise<string> {
  const wasm = fileURLToPath(import.meta.resolve('zxing-wasm/reader/zxing_reader.wasm'));
  const wasmBinary = new Uint8Array(readFileSync(wasm)).buffer;
  prepareZXingModule({ overrides: { wasmBinary } });
  const png = new Uint8Array(await computer.screenshot());
  const [code] = await readBarcodes(png, { formats: ['QRCode'] });
  if (!code) throw new Error('no code on the screen');
  return code.text;
}

/**
 * Has the server's documented answer to an act whose password was given too long ago come once: the real
 * wait is five minutes. Everything that follows is real.
 */
export async function askedOnce(phone: Page, path: string): Promise<void> {
  await phone.route(
    url => url.pathname.endsWith(path),
    route =>
      route.fulfill({
        status: 403,
        contentType: 'application/problem+json',
        body: JSON.stringify({ status: 403, code: 'verification_required' }),
      }),
    { times: 1 },
  );
}

/** Gives the password that a sensitive act asks for. */
export async function givePassword(phone: Page, password = PASSWORD): Promise<void> {
  const dialog = phone.getByRole('dialog', { name: 'Is it you?' });
  await dialog.getByLabel('Password', { exact: true }).fill(password);
  await dialog.getByRole('button', { name: 'Go on' }).click();
}

/** The network is back, or so it says: a page looks at how things stand, rather than in some seconds. */
export async function lookAgain(page: Page): Promise<void> {
  await page.evaluate(() => window.dispatchEvent(new Event('online')));
}

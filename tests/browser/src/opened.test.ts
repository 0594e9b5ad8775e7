/** How a link reaches the phone's page: by another page, inside one, ahead of time, without a network. */

import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { setUp } from './fixture.ts';
import {
  button,
  heading,
  openLink,
  openSignIn,
  readLink,
  signedInPhone,
  signInByCamera,
} from './people.ts';

const run = setUp();

/** The same server by another name: to a browser another site. */
const elsewhere = () => run.server.issuer.replace('localhost', '127.0.0.1');

/** A link to click on a page that is open. */
async function follow(page: Page, link: string): Promise<void> {
  await page.evaluate(url => {
    const anchor = document.createElement('a');
    anchor.href = url;
    document.body.append(anchor);
    anchor.click();
  }, link);
}

async function linkOnScreen(): Promise<{ computer: Page; link: string }> {
  const computer = await run.browsers.computer();
  await openSignIn(computer, run.server);
  return { computer, link: await readLink(computer) };
}

const kept = (page: Page) => page.evaluate(() => navigator.serviceWorker.ready.then(() => true));

test('a link on another site is said to be one, whatever stands between page and server', async () => {
  const { computer, link } = await linkOnScreen();
  const phone = await run.browsers.phone();
  await signedInPhone(phone, run.server);
  // From now on the service worker is asked first. It must not hide who opened the page.
  await kept(phone);
  await phone.goto(elsewhere());
  await follow(phone, link);
  await heading(phone, 'A computer asks to be signed in').waitFor();
  await phone.getByText(/^Another page or app opened this for you/).waitFor();
  await heading(computer, 'Sign in with your phone').waitFor();
  await button(phone, 'Look at this request').click();
  await heading(phone, /^Sign in to/).waitFor();
  await phone.getByText(/^Another page or app opened this for you/).waitFor();

  await openLink(phone, link);
  await heading(phone, 'A computer asks to be signed in').waitFor();
  expect(await phone.getByText(/^Another page or app/).count()).toBe(0);
  const complaints = new Set(run.browsers.complaints());
  expect([...complaints]).toEqual([`foreign request: ${elsewhere()}`]);
});

test('another site’s link to a known computer does not spare the check code', async () => {
  const computer = await run.browsers.computer();
  const phone = await run.browsers.phone();
  run.server.addAccount('known');
  await signedInPhone(phone, run.server, 'known');
  await openSignIn(computer, run.server);
  await signInByCamera(run.browsers, computer, phone);
  await button(computer, 'Sign out').click();
  await openSignIn(computer, run.server);
  const link = await readLink(computer);
  await phone.goto(elsewhere());
  await follow(phone, link);
  await button(phone, 'Look at this request').click();
  await phone.getByText(/^Known since/).waitFor();
  await button(phone, 'Continue').click();
  await phone.getByRole('img', { name: /^The code is/ }).waitFor();
  run.browsers.complaints();
});

test('a page that is loaded ahead of time asks nothing before it is shown', async () => {
  const { computer, link } = await linkOnScreen();
  const phone = await run.browsers.phone();
  await signedInPhone(phone, run.server);
  await phone.goto('about:blank');
  const asked: string[] = [];
  phone.on('request', request => asked.push(new URL(request.url()).pathname));
  // What a browser says of a page that nobody has asked for yet. One that is driven loads none ahead.
  await phone.addInitScript(() => {
    let ahead = true;
    Object.defineProperty(document, 'prerendering', { get: () => ahead });
    window.addEventListener('show-it', () => {
      ahead = false;
      document.dispatchEvent(new Event('prerenderingchange'));
    });
  });
  await phone.goto(link);
  await phone.waitForLoadState('networkidle');
  expect(asked.filter(path => path.startsWith('/v1/'))).toEqual([]);
  expect(await phone.locator('h1').count()).toBe(0);
  expect(new URL(phone.url()).hash).toBe('');
  await phone.evaluate(() => window.dispatchEvent(new Event('show-it')));
  await heading(phone, 'A computer asks to be signed in').waitFor();
  await heading(computer, 'Sign in with your phone').waitFor();
});

test('without a network the page says so, keeps nothing else, and goes on with its link', async () => {
  const { link } = await linkOnScreen();
  const phone = await run.browsers.phone();
  await signedInPhone(phone, run.server);
  await kept(phone);
  await run.server.pause();
  await openLink(phone, link);
  await heading(phone, 'No connection').waitFor();
  await button(phone, 'Try again').click();
  await heading(phone, 'No connection').waitFor();
  const paths = await phone.evaluate(async () => {
    const caches = await globalThis.caches.keys();
    const all = await Promise.all(
      caches.map(async name => (await globalThis.caches.open(name)).keys()),
    );
    return all.flat().map(request => new URL(request.url).pathname);
  });
  expect(paths).toContain('/offline');
  expect(paths.filter(path => path !== '/offline' && !path.startsWith('/assets/'))).toEqual([]);
  await run.server.resume();
  await button(phone, 'Try again').click();
  await heading(phone, 'A computer asks to be signed in').waitFor();
});

test('the page can be installed', async () => {
  const phone = await run.browsers.phone();
  await signedInPhone(phone, run.server);
  await kept(phone);
  const session = await phone.context().newCDPSession(phone);
  const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
  // A private window installs nothing; that apart, the browser has no objection.
  expect(
    installabilityErrors.map(error => error.errorId).filter(id => id !== 'in-incognito'),
  ).toEqual([]);
  const manifest = await session.send('Page.getAppManifest');
  expect(manifest.errors).toEqual([]);
});

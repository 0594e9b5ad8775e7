import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { setUp } from './fixture.ts';

const run = setUp();

async function open(page: Page, fragment = ''): Promise<void> {
  await page.goto(`${run.server.issuer}/docs${fragment}`);
  await page.getByRole('heading', { level: 3, name: 'GET /v1/me' }).waitFor();
}

const shownRoutes = (page: Page) => page.locator('.operation:visible').count();

test.each([
  { width: 320, dark: true },
  { width: 1440, dark: false },
])('shows every route of the description, soundly, at $width px, dark: $dark', async look => {
  const page = await run.browsers.computer({ ...look, height: 900 });
  await open(page);
  const description = await (await fetch(`${run.server.issuer}/openapi.json`)).json();
  const routes = Object.values<object>(description.paths).flatMap(path => Object.keys(path));
  expect(routes.length).toBeGreaterThan(25);
  expect(await shownRoutes(page)).toBe(routes.length);

  await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof import('axe-core') };
    const { violations } = await axe.run(document, { resultTypes: ['violations'] });
    const root = document.documentElement;
    const sideways = root.scrollWidth > root.clientWidth ? ['wider than the screen'] : [];
    return [...sideways, ...violations.map(rule => `${rule.id}: ${rule.nodes[0]?.target}`)];
  });
  expect(found).toEqual([]);
});

test('everything that is linked is there', async () => {
  const page = await run.browsers.computer();
  await open(page);
  const broken = await page.evaluate(() =>
    [...document.querySelectorAll<HTMLAnchorElement>('a[href^="#"]')]
      .map(link => link.hash.slice(1))
      .filter(id => !document.getElementById(id)),
  );
  expect(broken).toEqual([]);
  const ids = await page.evaluate(() => [...document.querySelectorAll('[id]')].map(e => e.id));
  expect(new Set(ids).size).toBe(ids.length);
});

test('an address with an anchor opens at its place, and an anchor leads there', async () => {
  const page = await run.browsers.computer();
  await open(page, '#get_v1_me');
  const section = page.locator('#get_v1_me');
  const top = async () => (await section.boundingBox())?.y ?? Number.NaN;
  await expect.poll(top).toBeLessThan(100);
  expect(await top()).toBeGreaterThanOrEqual(0);

  await section.getByRole('link', { name: 'invalid_token' }).click();
  expect(new URL(page.url()).hash).toBe('#code-invalid_token');
  expect(await page.locator('#code-invalid_token').isVisible()).toBe(true);
  await page.goBack();
  await expect.poll(top).toBeLessThan(100);
});

test('the search finds routes by their words, and says how many', async () => {
  const page = await run.browsers.computer();
  await open(page);
  const all = await shownRoutes(page);
  await page.keyboard.press('Tab');
  await page.keyboard.type('POST scans/WAIT');
  await page.getByText(`1 of ${all} routes`).waitFor();
  expect(await shownRoutes(page)).toBe(1);
  expect(await page.locator('.operation:visible').getAttribute('id')).toBe('post_v1_scans_wait');
  // A link to what the search hides shows it again.
  await page
    .locator('.operation:visible')
    .getByRole('link', { name: 'PhoneState' })
    .first()
    .click();
  expect(await shownRoutes(page)).toBe(1);
  await page.evaluate(() => {
    location.hash = '#get_v1_me';
  });
  await page.locator('#get_v1_me').waitFor();
  expect(await shownRoutes(page)).toBe(all);

  await page.getByLabel('Search the routes').fill('xyzzy');
  await page.getByText(`0 of ${all} routes`).waitFor();
  await page.keyboard.press('Escape');
  await expect.poll(() => shownRoutes(page)).toBe(all);
});

test('a description that does not come is said', async () => {
  const page = await run.browsers.computer();
  await page.route('**/openapi.json', route => route.fulfill({ status: 503, body: '{}' }));
  await page.goto(`${run.server.issuer}/docs`);
  await page.getByRole('alert').waitFor();
});

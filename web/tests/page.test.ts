import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openPage } from '../src/page.ts';
import { blankPage } from './page.ts';

const ISSUER = 'https://login.example';

/** A browser in which nothing stands in the way, but for what the test changes. */
beforeEach(() => {
  blankPage();
  const meta = document.createElement('meta');
  meta.name = 'countersign-issuer';
  meta.content = ISSUER;
  document.head.replaceChildren(meta);
  vi.stubGlobal('isSecureContext', true);
  vi.stubGlobal('location', new URL(ISSUER));
  vi.stubGlobal('indexedDB', {
    open: () => {
      throw new DOMException('no storage here', 'SecurityError');
    },
  });
});
afterEach(() => vi.unstubAllGlobals());

const heading = () => document.querySelector('h1')?.textContent;

test('without a secure context the page says what it needs, and offers nothing', async () => {
  vi.stubGlobal('isSecureContext', false);
  expect(await openPage()).toBeUndefined();
  expect(heading()).toBe('This page needs a secure connection');
  expect(document.querySelector('button, input, a')).toBeNull();
});

test('in a frame it says so, and offers nothing', async () => {
  vi.stubGlobal('top', {});
  expect(await openPage()).toBeUndefined();
  expect(heading()).toBe('This page does not work inside another page');
  expect(document.querySelector('button, input, a')).toBeNull();
});

test('without storage it says so', async () => {
  expect(await openPage()).toBeUndefined();
  expect(heading()).toBe('This browser keeps nothing for this page');
});

test('without cookies the page that keeps its session in one says so, before it keeps anything', async () => {
  vi.stubGlobal('navigator', { cookieEnabled: false });
  const opened = vi.spyOn(indexedDB, 'open');
  expect(await openPage({ cookies: true })).toBeUndefined();
  expect(heading()).toBe('This browser keeps nothing for this page');
  expect(opened).not.toHaveBeenCalled();
  await openPage();
  expect(opened).toHaveBeenCalled();
});

test('at another address it leads to its own', async () => {
  vi.stubGlobal('location', new URL('https://elsewhere.example/'));
  expect(await openPage()).toBeUndefined();
  expect(heading()).toBe('This page lives at another address');
  expect(document.querySelector('a')?.getAttribute('href')).toBe(`${ISSUER}/`);
});

/** Two real browsers: one as the computer, one as the phone, whose camera plays a film of ours. */

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { showNothing } from './camera.ts';

/** Keeps Chromium from looking for hosts of its maker at every start. */
const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // A host that is no loopback to the browser, and so no secure context over http.
  '--host-resolver-rules=MAP insecure.example 127.0.0.1',
];

/** From where a list is read on: the number of an entry, which is no secret. */
const ONWARD = /^\?(after|before)=\d+$/;

export interface Look {
  width?: number;
  height?: number;
  dark?: boolean;
  /** Whether JavaScript runs. */
  scripts?: boolean;
  /** Whether the person chose colours of their own, and no motion. */
  ownColours?: boolean;
}

const PLAIN = { dark: false, scripts: true, ownColours: false };

export interface Browsers {
  /** A page of a fresh profile on the computer. */
  computer(look?: Look): Promise<Page>;
  /** A page of a fresh profile on the phone. */
  phone(look?: Look): Promise<Page>;
  /** The film that the phone's camera plays. */
  film: string;
  /** What went wrong in any page since the last call: script errors, CSP, foreign requests. */
  complaints(): string[];
  /** Closes the pages, not the browsers. */
  tidy(): Promise<void>;
  close(): Promise<void>;
}

export async function openBrowsers(): Promise<Browsers> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-camera-'));
  const film = join(folder, 'film.y4m');
  showNothing(film);
  const camera = [
    '--use-fake-device-for-media-stream',
    `--use-file-for-fake-video-capture=${film}`,
  ];
  const [onDesk, inHand] = await Promise.all([launch([]), launch(camera)]);
  const open: BrowserContext[] = [];
  const heard: string[] = [];
  const page = async (browser: Browser, look: Required<Look>, mobile: boolean) => {
    const context = await browser.newContext({
      viewport: { width: look.width, height: look.height },
      colorScheme: look.dark ? 'dark' : 'light',
      javaScriptEnabled: look.scripts,
      forcedColors: look.ownColours ? 'active' : 'none',
      reducedMotion: look.ownColours ? 'reduce' : 'no-preference',
      isMobile: mobile,
      hasTouch: mobile,
      permissions: mobile ? ['camera'] : [],
    });
    open.push(context);
    const fresh = await context.newPage();
    await listen(fresh, heard);
    return fresh;
  };
  return {
    film,
    computer: look => page(onDesk, { ...PLAIN, width: 1280, height: 960, ...look }, false),
    phone: look => page(inHand, { ...PLAIN, width: 390, height: 844, ...look }, true),
    complaints: () => heard.splice(0),
    tidy: async () => {
      await Promise.all(open.splice(0).map(context => context.close()));
    },
    close: async () => {
      await Promise.all([onDesk.close(), inHand.close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function launch(more: string[]): Promise<Browser> {
  return chromium.launch({ executablePath: findChromium(), args: [...QUIET, ...more] });
}

function findChromium(): string {
  const named = process.env.CHROMIUM ? [process.env.CHROMIUM] : [];
  const folders = (process.env.PATH ?? '').split(delimiter);
  const places = folders.flatMap(folder => [
    join(folder, 'chromium'),
    join(folder, 'chromium-browser'),
  ]);
  const found = [...named, '/usr/bin/chromium', ...places].find(place => existsSync(place));
  if (!found)
    throw new Error('no Chromium found: install it (apt-get install chromium), or set CHROMIUM');
  return found;
}

/** Notes whatever a finished page must never do. */
async function listen(page: Page, heard: string[]): Promise<void> {
  page.on('pageerror', error => heard.push(`script error: ${error.message}`));
  page.on('console', message => {
    const text = message.text();
    // The browser itself reports each refused request; refusals are part of these runs.
    const refused = text.startsWith('Failed to load resource');
    if (message.type() === 'error' && !refused) heard.push(`console: ${text}`);
  });
  page.on('request', request => {
    const url = new URL(request.url());
    const ours = url.hostname === 'localhost' || ['data:', 'blob:'].includes(url.protocol);
    if (!ours) heard.push(`foreign request: ${url.origin}`);
    const said = url.hash || url.search.replace(ONWARD, '');
    if (said) heard.push(`something in the address: ${request.url()}`);
  });
}

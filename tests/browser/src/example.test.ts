/** The example site in examples/reading-room: its real page and its real server, on an origin of its own. */

import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { Server as Site } from 'node:http';
import { fileURLToPath } from 'node:url';
import {
  checkLogin,
  collectLogin,
  confirm,
  connect,
  createLogin,
  type DeviceKey,
  generateDeviceKey,
  makeProof,
  memoryStore,
  parseScanCode,
  Rotation,
  Session,
  scan,
  signIn,
} from '@countersign/browser';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { site as readingRoom } from '../../../examples/reading-room/server/site.js';
import { setUp } from './fixture.ts';
import {
  button,
  heading,
  pressContinue,
  readCheckCode,
  scanScreen,
  signedInPhone,
} from './people.ts';
import { freePort, PASSWORD } from './server.ts';

const port = await freePort();
const ORIGIN = `http://localhost:${port}`;
/** Seconds that an access token lives, and a proof at most. */
const TOKEN_LIFE = 120;
const folder = fileURLToPath(new URL('../../../examples/reading-room/dist', import.meta.url));

const run = setUp(
  { access_token: TOKEN_LIFE },
  `[[clients]]
id = "reading-room"
name = "The Reading Room"
origins = ["${ORIGIN}"]

[[clients]]
id = "shop"
native = true`,
);

let site: Site;
/** How far the site's clock is ahead, in seconds. */
let ahead = 0;

beforeAll(async () => {
  if (!existsSync(folder)) throw new Error('the example is not built: run "npm run build"');
  const now = () => Date.now() + ahead * 1000;
  const { issuer } = run.server;
  site = readingRoom({ issuer, clientId: 'reading-room', origin: ORIGIN, folder, now });
  site.listen(port, '127.0.0.1');
  await once(site, 'listening');
});

afterAll(async () => {
  site.closeAllConnections();
  site.close();
  await once(site, 'close');
});

interface Desktop {
  key: DeviceKey;
  token: string;
  session: Session;
}

/** A desktop of this client that a phone of `anna` has signed in, without a page: the library runs here. */
async function desktop(clientId: string, origin?: string): Promise<Desktop> {
  const { issuer } = run.server;
  const phoneKey = await generateDeviceKey();
  const inHand = connect({ issuer, key: phoneKey });
  const answer = await signIn(inHand, {
    account: 'anna',
    password: PASSWORD,
    device: { kind: 'other' },
  });
  const phone = await Session.begin(inHand, memoryStore('phone'), 'countersign', answer);

  const key = await generateDeviceKey();
  const onDesk = connect({
    issuer,
    key,
    fetch: (input, init) => {
      const headers = new Headers(init?.headers);
      if (origin) headers.set('Origin', origin); // as a browser does for the page
      return fetch(input, { ...init, headers });
    },
  });
  const login = await createLogin(onDesk, { clientId, device: { kind: 'browser' } });
  const shown = parseScanCode(await new Rotation(login).url(), issuer);
  const request = await scan(phone, { scan: shown.scan }, 'scanner');
  const { check_code: code } = await confirm(phone, request, { keep: false });
  await checkLogin(onDesk, login, code ?? '');
  const tokens = await collectLogin(onDesk, login, clientId);
  const session = await Session.begin(onDesk, memoryStore(), clientId, tokens);
  return { key, token: tokens.access_token, session };
}

/** Asks for the articles with this token and a proof by this key, made now by the site's clock. */
async function ask(token: string, key: DeviceKey): Promise<Response> {
  return fetch(`${ORIGIN}/articles`, { headers: await headersOf(token, key) });
}

async function headersOf(token: string, key: DeviceKey): Promise<Record<string, string>> {
  const of = { method: 'GET', url: `${ORIGIN}/articles`, accessToken: token };
  const proof = await makeProof(key, of, () => Date.now() + ahead * 1000);
  return { Authorization: `DPoP ${token}`, DPoP: proof };
}

/** Refused, with a challenge that names the reason. */
async function refused(answer: Response, error?: string): Promise<void> {
  expect(answer.status).toBe(401);
  const challenge = `DPoP ${error ? `error="${error}", ` : ''}algs="ES256"`;
  expect(answer.headers.get('WWW-Authenticate')).toBe(challenge);
  expect(await answer.text()).not.toContain('tally');
}

/** Opens the site's page and waits for its code. */
async function openSite(computer: Page): Promise<void> {
  await computer.goto(ORIGIN);
  await heading(computer, 'Sign in to read').waitFor();
}

/** Nothing that axe finds, and nothing wider than the screen. */
async function sound(page: Page): Promise<void> {
  await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof import('axe-core') };
    const { violations } = await axe.run(document, { resultTypes: ['violations'] });
    const root = document.documentElement;
    const sideways = root.scrollWidth > root.clientWidth ? ['wider than the screen'] : [];
    return [...sideways, ...violations.map(rule => rule.id)];
  });
  expect(found).toEqual([]);
}

test.each([
  { width: 320, dark: true },
  { width: 1280, dark: false },
])(
  'a phone approves, the desktop reads, signs out and reads no more ($width px, dark: $dark)',
  async look => {
    const computer = await run.browsers.computer({ ...look, height: 960 });
    const phone = await run.browsers.phone();
    await signedInPhone(phone, run.server);
    await openSite(computer);
    await sound(computer);
    await scanScreen(run.browsers, computer, phone);
    await phone.getByText('The Reading Room').first().waitFor();
    await heading(computer, 'Scanned').waitFor();
    await sound(computer);
    await pressContinue(phone);
    await heading(computer, 'Type the code from your phone').waitFor();
    await sound(computer);
    const code = await readCheckCode(phone);
    // The field has the focus: a keyboard is enough.
    await computer.keyboard.type(code === '000000' ? '111111' : '000000');
    await computer.keyboard.press('Enter');
    await computer.getByText('That code is wrong. Tries left: 2.').waitFor();
    await computer.keyboard.type(code);
    await computer.keyboard.press('Enter');
    await heading(computer, 'Welcome, anna').waitFor();
    await computer.getByRole('heading', { level: 2, name: 'The split tally' }).waitFor();
    await sound(computer);

    await computer.reload();
    await heading(computer, 'Welcome, anna').waitFor();
    await button(computer, 'Sign out').click();
    await heading(computer, 'You are signed out').waitFor();
    expect(await computer.getByText('The split tally').count()).toBe(0);
    await sound(computer);
    await button(computer, 'Sign in again').click();
    await heading(computer, 'Sign in to read').waitFor();
  },
);

test('the page says how a sign-in ends, and begins another one', async () => {
  const computer = await run.browsers.computer();
  const phone = await run.browsers.phone();
  await signedInPhone(phone, run.server);
  await openSite(computer);
  await scanScreen(run.browsers, computer, phone);
  await button(phone, 'Decline').click();
  await heading(computer, 'Declined').waitFor();
  await button(computer, 'Show a new code').click();
  await heading(computer, 'Sign in to read').waitFor();
  await button(phone, 'Done').click();
  await scanScreen(run.browsers, computer, phone);
  await heading(computer, 'Scanned').waitFor();
  await button(computer, 'Cancel').click();
  await heading(computer, 'Cancelled').waitFor();
});

test('a token of this site reads', async () => {
  const own = await desktop('reading-room', ORIGIN);
  const answer = await own.session.fetch(`${ORIGIN}/articles`);
  expect(answer.status).toBe(200);
  expect((await answer.json()).articles.length).toBeGreaterThan(0);
});

test('without a token there is nothing to read', async () => {
  await refused(await fetch(`${ORIGIN}/articles`));
  await refused(
    await fetch(`${ORIGIN}/articles`, { headers: { Authorization: 'Bearer x' } }),
    'invalid_token',
  );
});

test('another desktop’s token is worth nothing with a key of one’s own', async () => {
  const [victim, thief] = [
    await desktop('reading-room', ORIGIN),
    await desktop('reading-room', ORIGIN),
  ];
  await refused(await ask(victim.token, thief.key), 'invalid_token');
  expect((await ask(victim.token, victim.key)).status).toBe(200);
});

test('a token for another site of the same server stays out', async () => {
  const shop = await desktop('shop');
  await refused(await ask(shop.token, shop.key), 'invalid_token');
});

test('a proof is good once', async () => {
  const own = await desktop('reading-room', ORIGIN);
  const headers = await headersOf(own.token, own.key);
  expect((await fetch(`${ORIGIN}/articles`, { headers })).status).toBe(200);
  await refused(await fetch(`${ORIGIN}/articles`, { headers }), 'invalid_dpop_proof');
});

test('a token ends with its time, and with a sign-out no later than that', async () => {
  const own = await desktop('reading-room', ORIGIN);
  expect((await ask(own.token, own.key)).status).toBe(200);
  expect(await own.session.signOut()).toBe(true);
  ahead = TOKEN_LIFE;
  try {
    await refused(await ask(own.token, own.key), 'invalid_token');
    // Nor is there another one: the sign-out ended its renewal.
    await expect(own.session.fetch(`${ORIGIN}/articles`)).rejects.toMatchObject({
      code: 'signed_out',
    });
  } finally {
    ahead = 0;
  }
});

test('what is signed out on the phone asks for a new code', async () => {
  const computer = await run.browsers.computer();
  const phone = await run.browsers.phone();
  await signedInPhone(phone, run.server);
  await openSite(computer);
  await scanScreen(run.browsers, computer, phone);
  await pressContinue(phone);
  await heading(computer, 'Type the code from your phone').waitFor();
  await computer.keyboard.type(await readCheckCode(phone));
  await computer.keyboard.press('Enter');
  await heading(computer, 'Welcome, anna').waitFor();
  // Its token is over by the site's clock, and the grant by the phone's word.
  await heading(phone, 'Signed in').waitFor();
  await button(phone, 'Undo').click();
  await phone
    .getByText(/signed out/i)
    .first()
    .waitFor();
  ahead = TOKEN_LIFE;
  try {
    await computer.reload();
    await heading(computer, 'Sign in to read').waitFor();
  } finally {
    ahead = 0;
  }
});

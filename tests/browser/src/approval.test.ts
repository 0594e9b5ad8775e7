/** What the phone shows before it asks for a decision: places, networks, and what is odd. */

import { connect, createLogin, generateDeviceKey, Rotation } from '@countersign/browser';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import {
  button,
  heading,
  lookAgain,
  openLink,
  openSignIn,
  readLink,
  signedInPhone,
  signInByCamera,
} from './people.ts';
import { ABROAD, at, CAFE, HOME, setUpPlaces } from './places.ts';
import { sound } from './soundness.ts';

const run = setUpPlaces();

/** Has the phone look at the request of a computer at this address. */
async function ask(phone: Page, address: string): Promise<Page> {
  const computer = await run.browsers.computer();
  await at(computer, address);
  await openSignIn(computer, run.server);
  await openLink(phone, await readLink(computer));
  await button(phone, 'Look at this request').click();
  await heading(phone, /^Sign in to/).waitFor();
  return computer;
}

const fact = (phone: Page, name: string) =>
  phone.locator('.facts > div').filter({ hasText: name }).locator('dd');

test('where the computer is, how far that is, and what is odd, live', async () => {
  run.server.addAccount('paul');
  const phone = await run.browsers.phone({ width: 320, height: 640 });
  await at(phone, HOME);
  await signedInPhone(phone, run.server, 'paul');

  await ask(phone, ABROAD);
  await phone.getByText('That computer is in Brazil, far from this phone.').waitFor();
  expect(await fact(phone, 'Network').innerText()).toBe('Far away from your phone’s');
  await sound(phone);
  await button(phone, 'Decline').click();
  await heading(phone, 'Declined').waitFor();

  const computer = await ask(phone, CAFE);
  expect(await fact(phone, 'Place').innerText()).toBe('near Berlin, Germany (by its address)');
  expect(await fact(phone, 'Network').innerText()).toContain('usual on mobile data');
  expect(await fact(phone, 'Came by').innerText()).toContain('A link');
  expect(await phone.locator('.callout').count()).toBe(0);
  await at(computer, HOME);
  await lookAgain(computer);
  await phone.getByText('network changed since it showed the code').waitFor();
  await sound(phone);
});

test('what changed since the first look is said, before it can be approved', async () => {
  run.server.addAccount('carl');
  const phone = await run.browsers.phone({ dark: true });
  const computer = await run.browsers.computer();
  await at(phone, HOME);
  await at(computer, HOME);
  await signedInPhone(phone, run.server, 'carl');
  await openSignIn(computer, run.server);
  await signInByCamera(run.browsers, computer, phone);
  // Undo is still there after a reload.
  await heading(phone, 'Signed in').waitFor();
  await phone.reload();
  await heading(phone, 'Signed in').waitFor();
  await button(phone, 'Undo').waitFor();
  await button(computer, 'Sign out').click();
  await button(computer, 'Sign in again').click();
  await openLink(phone, await readLink(computer));
  await button(phone, 'Look at this request').click();
  await phone.getByText(/^Known since/).waitFor();
  expect(await fact(phone, 'Network').innerText()).toBe('The same as your phone’s');
  await at(phone, ABROAD);
  await button(phone, 'Continue').click();
  await phone.getByText('Something about the request changed.').waitFor();
  await phone.getByText('Its network, compared with your phone’s: Far away').waitFor();
  await phone.getByText('It takes the code from your phone now.').waitFor();
  await sound(phone);
});

test('a phrase that was typed on the computer is typed on the phone too', async () => {
  run.server.addAccount('tina');
  const phone = await run.browsers.phone({ width: 320, height: 640 });
  await signedInPhone(phone, run.server, 'tina');
  const computer = connect({ issuer: run.server.issuer, key: await generateDeviceKey() });
  const device = { kind: 'terminal' } as const;
  const login = await createLogin(computer, { clientId: 'demo', device, phrase: 'Blue geese' });
  await openLink(phone, await new Rotation(login).url());
  await button(phone, 'Look at this request').click();
  await phone.getByText('It is not on the screen.').waitFor();
  const field = phone.getByLabel('Phrase');
  await field.fill('grey geese');
  await button(phone, 'Continue').click();
  await phone.getByText('2 tries left').waitFor();
  await sound(phone);
  await field.fill('blue geese');
  await button(phone, 'Continue').click();
  await heading(phone, 'Type this code on the computer').waitFor();
  expect(await phone.locator('body').innerText()).not.toContain('geese');
});

test('a link that lost its end says so', async () => {
  const phone = await run.browsers.phone();
  await openLink(phone, `${run.server.issuer}/q#AAECAwQFBgcICQoLDA0ODw.GypVt3`);
  await phone.getByText('This link is not complete').waitFor();
});

/** Walks through the ways in and back: invitation, passkeys, recovery codes, a recovery, an undo link. For eyes. */

import type { Page } from 'playwright-core';
import { giveAuthenticator } from './authenticator.ts';
import type { Browsers, Look } from './browsers.ts';
import type { State } from './owner-states.ts';
import { askedOnce, button, heading, openLink, openSignIn, signInByPassword } from './people.ts';
import type { Server } from './server.ts';

/** Goes from state to state; each is there until the next one is asked for. */
export async function* wayStates(
  run: { server: Server; browsers: Browsers },
  account: string,
  look: Look,
): AsyncGenerator<State> {
  const { server, browsers } = run;
  const phone = await browsers.phone(look);
  await giveAuthenticator(phone);
  yield* invitationStates(phone, server.invite(account));
  const codes = yield* accountStates(server, phone);
  const second = await browsers.phone(look);
  yield* recoveryStates({ server, second, phone, account, code: codes[0] ?? '' });
  await openLink(phone, `${server.issuer}/undo#made-up`);
  await heading(phone, 'Undo this sign-in?').waitFor();
  yield { name: 'way-12-undo', page: phone };
  await button(phone, 'Undo it').click();
  await heading(phone, 'This link is not good any more').waitFor();
  yield { name: 'way-13-undo-bad', page: phone };
  const computer = await browsers.computer(look);
  await openSignIn(computer, server);
  await signInByPassword(computer, 'anna');
  await heading(computer, /^Signed in as/).waitFor();
  await computer.goto(`${server.issuer}/account`);
  await computer.getByText('A passkey for this computer').waitFor();
  yield { name: 'way-14-computer', page: computer };
}

async function* invitationStates(phone: Page, link: string): AsyncGenerator<State> {
  await phone.goto(link);
  await heading(phone, 'You are invited').waitFor();
  yield { name: 'way-01-invited', page: phone };
  await button(phone, 'Open the invitation').click();
  await heading(phone, /^Welcome/).waitFor();
  yield { name: 'way-02-choose', page: phone };
  await button(phone, 'Use a password').click();
  yield { name: 'way-03-password', page: phone };
  await button(phone, 'Back').click();
  await button(phone, 'Use a passkey').click();
  await heading(phone, 'This phone can now sign computers in').waitFor();
  yield { name: 'way-04-first-phone', page: phone };
}

async function* accountStates(server: Server, phone: Page): AsyncGenerator<State, string[]> {
  await phone.goto(`${server.issuer}/account`);
  await heading(phone, 'Your account').waitFor();
  yield { name: 'way-05-account', page: phone };
  await askedOnce(phone, '/v1/recovery/codes');
  await button(phone, 'Make recovery codes').click();
  await button(phone, 'Use your passkey').waitFor();
  yield { name: 'way-06-is-it-you', page: phone };
  await button(phone, 'Use your passkey').click();
  const codes = phone.locator('.codes code');
  await codes.first().waitFor();
  await button(phone, 'Done').click();
  yield { name: 'way-07-codes', page: phone };
  const made = await codes.allTextContents();
  await phone.getByLabel('I have kept them where I find them again').check();
  await button(phone, 'Done').click();
  await codes.first().waitFor({ state: 'detached' });
  return made;
}

interface Recovery {
  server: Server;
  second: Page;
  phone: Page;
  account: string;
  code: string;
}

async function* recoveryStates(recovery: Recovery): AsyncGenerator<State> {
  const { server, second, phone, account, code } = recovery;
  await second.goto(`${server.issuer}/recover`);
  await heading(second, 'Lost your phone?').waitFor();
  yield { name: 'way-08-lost', page: second };
  await second.getByLabel('Account').fill(account);
  await second.getByLabel('Recovery code').fill(code);
  await button(second, 'Start the recovery').click();
  await second.getByText('24 hours left').waitFor();
  yield { name: 'way-09-waits', page: second };
  await phone.getByRole('heading', { name: 'A recovery was started' }).waitFor();
  await phone.getByRole('button', { name: /^I lost this phone/ }).click();
  yield { name: 'way-10-lost-phone', page: phone };
  await phone.keyboard.press('Escape');
  await button(phone, 'Stop it').click();
  await button(phone, 'Stop it').waitFor({ state: 'detached' });
  await second.reload();
  await heading(second, 'Lost your phone?').waitFor();
  yield { name: 'way-11-stopped', page: phone };
}

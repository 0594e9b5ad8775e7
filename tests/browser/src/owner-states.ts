/** Walks an owner through the states of phone and account, for eyes and for measuring. */

import type { Page } from 'playwright-core';
import type { Browsers, Look } from './browsers.ts';
import {
  askedOnce,
  button,
  givePassword,
  heading,
  openLink,
  openSignIn,
  pressContinue,
  readCheckCode,
  readLink,
  signedInPhone,
  signInOnPhone,
  typeCheckCode,
} from './people.ts';
import type { Server } from './server.ts';

export interface State {
  name: string;
  page: Page;
}

/** Goes from state to state; each is there until the next one is asked for. */
export async function* ownerStates(
  run: { server: Server; browsers: Browsers },
  account: string,
  look: Look,
): AsyncGenerator<State> {
  const { server, browsers } = run;
  server.addAccount(account);
  const phone = await browsers.phone(look);
  // The phone's camera sees what fits on the screen.
  const computer = await browsers.computer({ ...look, height: 900 });
  const second = await browsers.phone(look);
  yield* formStates(server, phone);
  await signedInPhone(phone, server, account);
  await openSignIn(computer, server);
  yield* decisionStates(phone, computer);

  await openSignIn(computer, server);
  yield* waitingStates({ server, second, computer, account });
  await phone.goto(`${server.issuer}/q`);
  await phone.getByRole('heading', { name: 'A new phone wants to approve' }).waitFor();
  yield { name: 'phone-27-another-waits', page: phone };
  await askedOnce(phone, '/allow');
  await button(phone, 'Allow').click();
  await givePassword(phone, 'not the password');
  await phone.getByText('That is not your password.').waitFor();
  yield { name: 'phone-28-password', page: phone };
  await phone.keyboard.press('Escape');

  yield* accountStates(server, phone, computer);
  await phone.goto(`${server.issuer}/offline`);
  yield { name: 'phone-29-offline', page: phone };
}

async function* formStates(server: Server, phone: Page): AsyncGenerator<State> {
  await phone.goto(`${server.issuer}/q`);
  await button(phone, 'Sign in').click();
  await phone.getByText('Please fill in every field.').waitFor();
  yield { name: 'phone-20-sign-in-empty', page: phone };
  await button(phone, 'Make a new account').click();
  await phone.getByLabel('Account').fill('somebody');
  await phone.getByLabel('Password', { exact: true }).fill('short');
  await button(phone, 'Make the account').click();
  await phone.getByText(/^That is too short/).waitFor();
  yield { name: 'phone-21-new-account', page: phone };
}

async function* decisionStates(phone: Page, computer: Page): AsyncGenerator<State> {
  const link = await readLink(computer);
  await openLink(phone, link);
  await button(phone, 'Look at this request').click();
  await pressContinue(phone);
  await typeCheckCode(computer, await readCheckCode(phone));
  await heading(phone, 'Signed in').waitFor();
  yield { name: 'phone-22-signed-in', page: phone };
  await heading(computer, /^Signed in as/).waitFor();
  await computer.goto(`${new URL(computer.url()).origin}/account`);
  await computer.getByText(/^This computer was signed in by a scan/).waitFor();
  yield { name: 'account-1-computer', page: computer };
  await button(phone, 'Undo').click();
  await heading(phone, 'Undone').waitFor();
  yield { name: 'phone-23-undone', page: phone };
}

interface Waiting {
  server: Server;
  second: Page;
  computer: Page;
  account: string;
}

async function* waitingStates(waiting: Waiting): AsyncGenerator<State> {
  const { server, second, computer, account } = waiting;
  await openLink(second, await readLink(computer));
  await button(second, 'Look at this request').click();
  await signInOnPhone(second, account);
  await heading(second, 'This phone may not approve yet').waitFor();
  yield { name: 'phone-24-request-waits', page: second };
  await button(second, 'Done').click();
  await heading(second, /^Hello/).waitFor();
  await second.getByText('This phone may not approve yet').waitFor();
  yield { name: 'phone-25-waits', page: second };
  await second.goto(`${server.issuer}/account`);
  await second.getByText(/^Until then it can’t change/).waitFor();
  yield { name: 'account-2-phone-waits', page: second };
}

async function* accountStates(server: Server, phone: Page, computer: Page): AsyncGenerator<State> {
  await phone.goto(`${server.issuer}/account`);
  await heading(phone, 'Your account').waitFor();
  yield { name: 'account-3-overview', page: phone };
  await phone
    .getByRole('button', { name: /^Rename/ })
    .first()
    .click();
  await button(phone, 'Change the password').click();
  await phone.getByLabel('New password').fill('short');
  await button(phone, 'Set the password').click();
  await phone.getByText(/^That is too short/).waitFor();
  yield { name: 'account-4-forms', page: phone };
  await button(phone, 'Lock my account').click();
  await phone.getByRole('dialog', { name: 'Lock your account?' }).waitFor();
  yield { name: 'account-5-lock', page: phone };
  await button(phone, 'Lock it now').click();
  await heading(phone, 'Your account is locked').waitFor();
  yield { name: 'account-6-locked', page: phone };
  await computer.goto(`${server.issuer}/account`);
  await heading(computer, 'Nobody is signed in here').waitFor();
  yield { name: 'account-7-nobody', page: computer };
}

import { expect, test } from 'vitest';
import { setUp } from './fixture.ts';
import { button, heading, openSignIn, signInByPassword } from './people.ts';
import { PASSWORD, startServer } from './server.ts';

const run = setUp(
  {},
  '[accounts]\nregistration = "open"\n[limits]\naccount_sign_ins = 3\nregistrations = 100',
);

test('a password signs in on this page, after a wrong one was mended', async () => {
  const computer = await run.browsers.computer();
  await openSignIn(computer, run.server);
  await signInByPassword(computer, 'anna', 'wrong wrong wrong');
  await computer.getByText('Account and password don’t match.').waitFor();
  await computer.getByText('Show password').click();
  const password = computer.getByLabel('Password', { exact: true });
  expect(await password.inputValue()).toBe('wrong wrong wrong');
  expect(await password.getAttribute('type')).toBe('text');
  await password.fill(PASSWORD);
  await button(computer, 'Sign in').click();
  await heading(computer, 'Signed in as anna').waitFor();
  expect(await computer.locator('#stage').innerText()).toContain('by password');
});

test('too many passwords are refused with the time to wait', async () => {
  run.server.addAccount('ben');
  const computer = await run.browsers.computer();
  await openSignIn(computer, run.server);
  await button(computer, 'Password').click();
  await computer.getByLabel('Account').fill('ben');
  const guess = async (password: string) => {
    await computer.getByLabel('Password', { exact: true }).fill(password);
    const answer = computer.waitForResponse(/\/v1\/sessions$/);
    await button(computer, 'Sign in').click();
    return (await answer).status();
  };
  expect(await guess('wrong')).toBe(401);
  // How many there may be is the server's matter.
  while ((await guess('wrong')) === 401);
  await computer.getByText('Too many tries.').waitFor();
  await computer.getByText(/^Try again in [\d:]+( s)?\.$/).waitFor();
});

test('a new account is made and signed in with; its name is taken then', async () => {
  const computer = await run.browsers.computer();
  await openSignIn(computer, run.server);
  await button(computer, 'Register').click();
  await computer.getByLabel('Account name').fill('zoe');
  await computer.getByLabel('Choose a password').fill('password123');
  await computer.getByLabel('The same password again').fill('password123');
  await button(computer, 'Make the account').click();
  await computer.getByText('Too many people use that password.').waitFor();
  await computer.getByLabel('Choose a password').fill('four unusual words here');
  await computer.getByText('Show password').click();
  await computer.keyboard.press('Enter');
  await heading(computer, 'Signed in as zoe').waitFor();

  await button(computer, 'Sign out').click();
  await button(computer, 'Sign in again').click();
  await button(computer, 'Register').click();
  await computer.getByLabel('Account name').fill('zoe');
  await computer.getByText('Show password').click();
  await computer.getByLabel('Choose a password').fill('five other unusual words here');
  await button(computer, 'Make the account').click();
  await computer.getByText('That name can’t be used.').waitFor();
});

test('a server without registration offers none, and too many codes are counted down', async () => {
  const closed = await startServer({}, '[limits]\ncreations = 1');
  try {
    const computer = await run.browsers.computer();
    await openSignIn(computer, closed);
    await button(computer, 'Password').waitFor();
    expect(await button(computer, 'Register').count()).toBe(0);
    await computer.reload();
    const notice = computer.locator('.notice');
    await notice.getByText(/^Too many requests\. Trying again in \d+ s\.$/).waitFor();
  } finally {
    await closed.stop();
  }
});

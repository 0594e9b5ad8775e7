import { expect, test } from 'vitest';
import { setUp } from './fixture.ts';
import {
  button,
  heading,
  openSignIn,
  pressContinue,
  readCheckCode,
  scanScreen,
  signedInPhone,
  typeCheckCode,
} from './people.ts';

const run = setUp();

test('a lost network is said, and the login goes on when it is back', async () => {
  const computer = await run.browsers.computer();
  const phone = await run.browsers.phone();
  await signedInPhone(phone, run.server);
  await openSignIn(computer, run.server);
  await computer.context().setOffline(true);
  await computer.locator('.notice', { hasText: /^No connection/ }).waitFor();
  await scanScreen(run.browsers, computer, phone);
  expect(await heading(computer, 'Sign in with your phone').count()).toBe(1);
  await computer.context().setOffline(false);
  await heading(computer, 'Scanned').waitFor();
  await computer.locator('.notice').waitFor({ state: 'hidden' });

  await pressContinue(phone);
  const code = await readCheckCode(phone);
  await heading(computer, /^Type the code/).waitFor();
  await computer.context().setOffline(true);
  await typeCheckCode(computer, code);
  await computer.getByText('The server can’t be reached. Check your connection.').waitFor();
  await computer.context().setOffline(false);
  await computer.locator('.notice').waitFor({ state: 'hidden' });
  await typeCheckCode(computer, code);
  await heading(computer, /^Signed in as/).waitFor();
});

test('a page that the browser froze shows the truth when it goes on', async () => {
  const computer = await run.browsers.computer();
  const phone = await run.browsers.phone();
  await signedInPhone(phone, run.server);
  await openSignIn(computer, run.server);
  await scanScreen(run.browsers, computer, phone);
  await heading(computer, 'Scanned').waitFor();
  const life = await computer.context().newCDPSession(computer);
  await life.send('Page.setWebLifecycleState', { state: 'frozen' });
  await button(phone, 'Decline').click();
  await heading(phone, 'Declined').waitFor();
  await life.send('Page.setWebLifecycleState', { state: 'active' });
  await heading(computer, 'Declined').waitFor();
});

test('a server that is killed and starts again, twice in the middle, loses nothing', async () => {
  const computer = await run.browsers.computer();
  const phone = await run.browsers.phone();
  await signedInPhone(phone, run.server);
  await openSignIn(computer, run.server);
  await run.server.kill();
  await computer.locator('.notice', { hasText: /^No connection/ }).waitFor();
  await run.server.resume();
  await computer.locator('.notice').waitFor({ state: 'hidden' });
  await scanScreen(run.browsers, computer, phone);
  await pressContinue(phone);
  await heading(computer, /^Type the code/).waitFor();
  const code = await readCheckCode(phone);
  await run.server.kill();
  await run.server.resume();
  await typeCheckCode(computer, code);
  await heading(computer, 'Signed in as anna').waitFor();
  await heading(phone, 'Signed in').waitFor();
  await run.server.kill();
  await run.server.resume();
  await computer.reload();
  await heading(computer, 'Signed in as anna').waitFor();
});

import { expect, test } from 'vitest';
import { setUp } from './fixture.ts';
import {
  button,
  heading,
  openSignIn,
  pressContinue,
  qrCode,
  scanScreen,
  signedInPhone,
} from './people.ts';

/** Seconds: long enough to take a screenshot and scan it, short enough to wait for. */
const run = setUp({ waiting: 12, decision: 8, check: 8 });

test('a code that nobody scans is blurred and renewed on demand; a request that nobody decides ends on both', async () => {
  const idle = await run.browsers.computer();
  await openSignIn(idle, run.server);
  const computer = await run.browsers.computer();
  const phone = await run.browsers.phone();
  await signedInPhone(phone, run.server);
  await openSignIn(computer, run.server);
  await scanScreen(run.browsers, computer, phone);
  await heading(phone, 'Time is up').waitFor();
  await heading(computer, 'Time is up').waitFor();

  await heading(idle, 'Time is up').waitFor();
  expect(await idle.locator('.retired .code').count()).toBe(1);
  await button(idle, 'Show a new code').click();
  await heading(idle, 'Sign in with your phone').waitFor();
  await qrCode(idle).locator('path').waitFor();
});

test('a check code that nobody types ends on both', async () => {
  const computer = await run.browsers.computer();
  const phone = await run.browsers.phone();
  await signedInPhone(phone, run.server);
  await openSignIn(computer, run.server);
  await scanScreen(run.browsers, computer, phone);
  await pressContinue(phone);
  await heading(computer, /^Type the code/).waitFor();
  await heading(computer, 'Time is up').waitFor();
  await heading(phone, 'Time is up').waitFor();
});

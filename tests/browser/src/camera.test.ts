/** The scanner where the camera can't be had, or there are several. */

import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { setUp } from './fixture.ts';
import { button, heading, openSignIn, scanScreen, signedInPhone } from './people.ts';

const run = setUp();

/** What the person answered when the browser asked for the camera. */
async function answer(phone: Page, setting: 'denied' | 'granted'): Promise<void> {
  const session = await phone.context().newCDPSession(phone);
  const { targetInfo } = await session.send('Target.getTargetInfo');
  await session.send('Browser.setPermission', {
    permission: { name: 'camera' },
    setting,
    origin: run.server.issuer,
    ...(targetInfo.browserContextId && { browserContextId: targetInfo.browserContextId }),
  });
}

test('the camera is asked for when the scanner opens, and not before', async () => {
  const phone = await run.browsers.phone();
  await phone.addInitScript(() => {
    const { mediaDevices } = navigator;
    const ask = mediaDevices.getUserMedia.bind(mediaDevices);
    mediaDevices.getUserMedia = wish => {
      document.documentElement.dataset.asked = 'yes';
      return ask(wish);
    };
  });
  await signedInPhone(phone, run.server);
  const asked = () => phone.evaluate(() => document.documentElement.dataset.asked);
  expect(await asked()).toBeUndefined();
  await button(phone, 'Scan a code').click();
  await phone.getByText('Looking for a code').waitFor();
  expect(await asked()).toBe('yes');
  const live = () =>
    phone.evaluate(() => {
      const stream = document.querySelector('video')?.srcObject;
      return stream instanceof MediaStream && stream.active;
    });
  expect(await live()).toBe(true);
  await button(phone, 'Back').click();
  await heading(phone, /^Hello/).waitFor();
});

test('a refused camera: what to do is said, and once it is allowed scanning goes on', async () => {
  const computer = await run.browsers.computer();
  const phone = await run.browsers.phone();
  await signedInPhone(phone, run.server);
  await openSignIn(computer, run.server);
  await answer(phone, 'denied');
  await button(phone, 'Scan a code').click();
  await phone.getByText(/^This page may not use the camera. Allow it in your browser/).waitFor();
  await phone.getByLabel('Use a picture').waitFor({ state: 'attached' });
  await answer(phone, 'granted');
  await button(phone, 'Back').click();
  await scanScreen(run.browsers, computer, phone);
});

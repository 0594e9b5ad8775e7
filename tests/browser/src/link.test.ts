import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { setUp } from './fixture.ts';
import {
  button,
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

const run = setUp();

async function codeOnScreen(): Promise<{ computer: Page; link: string }> {
  const computer = await run.browsers.computer();
  await openSignIn(computer, run.server);
  return { computer, link: await readLink(computer) };
}

test('a link opened before signing in is held, and looked at afterwards', async () => {
  const { computer, link } = await codeOnScreen();
  const phone = await run.browsers.phone();
  const asked: string[] = [];
  phone.on('request', request => asked.push(new URL(request.url()).pathname));
  await openLink(phone, link);
  await heading(phone, 'A computer asks to be signed in').waitFor();
  expect(new URL(phone.url()).hash).toBe('');
  expect(asked.filter(path => path.startsWith('/v1/'))).toEqual([]);

  await button(phone, 'Look at this request').click();
  await heading(phone, 'Sign in on this phone').waitFor();
  // What the browser offers in the field says nothing of the code.
  const others = asked.filter(path => path !== '/v1/passkeys/options');
  expect(others.filter(path => path.startsWith('/v1/'))).toEqual(['/v1/holds']);
  await signInOnPhone(phone);
  await heading(phone, /^Sign in to/).waitFor();
  await pressContinue(phone);
  await typeCheckCode(computer, await readCheckCode(phone));
  await heading(computer, /^Signed in as/).waitFor();
});

test('a link opened by a phone that is signed in waits for the tap, and leaves no trace', async () => {
  const { computer, link } = await codeOnScreen();
  const phone = await run.browsers.phone();
  await signedInPhone(phone, run.server);
  await openLink(phone, link);
  await heading(phone, 'A computer asks to be signed in').waitFor();
  await heading(computer, 'Sign in with your phone').waitFor();
  await button(phone, 'Look at this request').click();
  await heading(computer, 'Scanned').waitFor();
  await heading(phone, /^Sign in to/).waitFor();
  await phone.goBack();
  expect(phone.url()).toBe('about:blank');
});

test('a link in a page that is open already is taken up there', async () => {
  const { link } = await codeOnScreen();
  const phone = await run.browsers.phone();
  await signedInPhone(phone, run.server);
  await phone.goto(link);
  await heading(phone, 'A computer asks to be signed in').waitFor();
  expect(new URL(phone.url()).hash).toBe('');
});

test('a link opened on the computer itself is refused', async () => {
  const { computer, link } = await codeOnScreen();
  const tab = await computer.context().newPage();
  await tab.goto(link);
  await button(tab, 'Look at this request').click();
  await signInOnPhone(tab);
  await tab.getByText(/^This code comes from this very device/).waitFor();
});

test('a pasted link is looked at; another one is refused in words', async () => {
  const { link } = await codeOnScreen();
  const phone = await run.browsers.phone();
  await signedInPhone(phone, run.server);
  await button(phone, 'Scan a code').click();
  await phone.getByText('Paste a link').press('Enter');
  await phone.locator('#pasted:focus').waitFor();
  await phone.keyboard.press('Enter');
  await phone.getByText(`It begins with ${run.server.issuer}/q#`).waitFor();
  await phone.getByLabel('Link of the code').fill('https://elsewhere.example/q#abc.def');
  await button(phone, 'Go on').click();
  await phone.getByText('That is no sign-in code of this server.').waitFor();
  await phone.getByLabel('Link of the code').fill(link);
  await button(phone, 'Go on').click();
  await heading(phone, /^Sign in to/).waitFor();
});

test('a picture of the code is read; another picture is refused in words', async () => {
  const { computer } = await codeOnScreen();
  const phone = await run.browsers.phone();
  await signedInPhone(phone, run.server);
  await button(phone, 'Scan a code').click();
  const choose = async (name: string, mimeType: string, buffer: Buffer) => {
    await phone.getByLabel('Use a picture').setInputFiles({ name, mimeType, buffer });
  };
  await choose('note.png', 'image/png', Buffer.from('no picture'));
  await phone.getByText('That file can’t be read as a picture.').waitFor();
  await choose('empty.png', 'image/png', await phone.screenshot());
  await phone.getByText(/^No sign-in code found in that picture/).waitFor();
  await choose('screen.png', 'image/png', await computer.screenshot());
  await heading(phone, /^Sign in to/).waitFor();
});

test.each(['#nonsense', '#AAECAwQFBgcICQoLDA0ODw.GypVt34Btu0'])(
  'the link /q%s ends in a clear sentence',
  async fragment => {
    const phone = await run.browsers.phone();
    await signedInPhone(phone, run.server);
    await openLink(phone, `${run.server.issuer}/q${fragment}`);
    if (fragment !== '#nonsense') await button(phone, 'Look at this request').click();
    await heading(phone, 'This code can’t be used').waitFor();
    await button(phone, 'Scan again').waitFor();
  },
);

test('the page refuses to work inside another page', async () => {
  const { link } = await codeOnScreen();
  const phone = await run.browsers.phone();
  const asked: string[] = [];
  phone.on('request', request => asked.push(request.url()));
  await phone.goto(run.server.issuer);
  await phone.evaluate(url => {
    const frame = document.createElement('iframe');
    frame.src = url;
    document.body.append(frame);
  }, link);
  await phone.waitForEvent('console', { predicate: message => message.type() === 'error' });
  expect(asked.filter(url => url.includes('/v1/scans') || url.includes('/v1/holds'))).toEqual([]);
  run.browsers.complaints();
});

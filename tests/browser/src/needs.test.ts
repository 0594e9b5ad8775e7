import { expect, test } from 'vitest';
import { setUp } from './fixture.ts';
import { heading } from './people.ts';

const run = setUp();

const offered = 'button, input, a, form';

test('without JavaScript the page says what it needs', async () => {
  const computer = await run.browsers.computer({ scripts: false });
  await computer.goto(run.server.issuer);
  await heading(computer, 'This page needs JavaScript').waitFor();
  expect(await computer.locator('main').locator(offered).count()).toBe(0);
});

test('without a secure connection the page says what it needs, and asks nothing', async () => {
  const computer = await run.browsers.computer();
  const asked: string[] = [];
  computer.on('request', request => asked.push(new URL(request.url()).pathname));
  await computer.goto(run.server.issuer.replace('localhost', 'insecure.example'));
  await heading(computer, 'This page needs a secure connection').waitFor();
  expect(await computer.locator('main').locator(offered).count()).toBe(0);
  expect(asked.filter(path => path.startsWith('/v1/'))).toEqual([]);
  run.browsers.complaints();
});

test('where the browser keeps nothing the page says so', async () => {
  const computer = await run.browsers.computer();
  // What Chromium does when a person forbids this site to keep data.
  await computer.addInitScript(() => {
    IDBFactory.prototype.open = () => {
      throw new DOMException('denied', 'SecurityError');
    };
  });
  await computer.goto(run.server.issuer);
  await heading(computer, 'This browser keeps nothing for this page').waitFor();
  expect(await computer.locator('main').locator(offered).count()).toBe(0);
});

test('inside another page the browser shows nothing of it', async () => {
  const computer = await run.browsers.computer();
  const asked: string[] = [];
  await computer.goto(`${run.server.issuer}/healthz`);
  computer.on('request', request => asked.push(new URL(request.url()).pathname));
  const refused = computer.waitForEvent('console', {
    predicate: message => message.type() === 'error',
  });
  await computer.evaluate(url => {
    const frame = document.createElement('iframe');
    frame.src = url;
    document.body.append(frame);
  }, run.server.issuer);
  await refused;
  expect(asked.filter(path => path.startsWith('/v1/'))).toEqual([]);
  run.browsers.complaints();
});

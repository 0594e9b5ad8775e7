import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { send } from '../src/connection.ts';
import { connect, generateDeviceKey, type WaitAnswer, Watch } from '../src/index.ts';
import { LoginServer, type Way } from './login-server.ts';

/** Seconds: as short as the network of one machine allows. */
const QUICK = { firstEvent: 0.3, silence: 0.4, shortLife: 0.1, hidden: 0.05 };

let server: LoginServer;
/** Stands for window and document, which tell of networks and of being seen. */
let page: EventTarget & { hidden: boolean };

beforeEach(async () => {
  page = Object.assign(new EventTarget(), { hidden: false });
  vi.stubGlobal('document', page);
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page));
  server = new LoginServer();
  await server.start();
});
afterEach(async () => {
  await server.kill();
  vi.unstubAllGlobals();
});

/** Watches the server's login, and notes what the watch tells. */
async function watching(limits: object = QUICK) {
  const connection = connect({ issuer: server.issuer, key: await generateDeviceKey() });
  const watch = new Watch<WaitAnswer>(
    ({ headers, version, signal }) =>
      send(connection, 'POST', '/v1/logins/id/wait', { json: { version }, headers, signal }),
    { limits, mayRest: answer => answer.state === 'waiting' },
  );
  const told: string[] = [];
  const done = (async () => {
    for await (const event of watch) {
      told.push(event.type === 'state' ? event.answer.state : event.code);
    }
  })();
  done.catch(() => undefined);
  const has = (what: string) => vi.waitUntil(() => told.includes(what), { timeout: 10_000 });
  return { watch, told, done, has };
}

const until = (what: () => boolean) => vi.waitUntil(what, { timeout: 10_000 });

test('a clear way: one stream, each state as it comes', async () => {
  const { told, done, has } = await watching();
  await has('waiting');
  server.move('scanned');
  await has('scanned');
  server.move('denied');
  await done;
  expect(told).toEqual(['waiting', 'scanned', 'denied']);
  expect(server.asked).toEqual(['stream']);
});

test.each<[Way, string[]]>([
  ['buffers streams', ['stream', 'long-poll']],
  ['holds all back', ['stream', 'long-poll', 'poll']],
])('a proxy that %s is gone round', async (way, asked) => {
  server.way = way;
  const { done, has } = await watching({ ...QUICK, answer: 0.4 });
  await has('waiting');
  expect(server.asked.slice(0, asked.length)).toEqual(asked);
  server.move('denied');
  await done;
});

test('a proxy that buffers is asked by long polls from then on', async () => {
  server.way = 'buffers streams';
  const { done, has } = await watching();
  await has('waiting');
  await until(() => server.open === 1);
  server.move('scanned');
  await has('scanned');
  await until(() => server.open === 1);
  server.move('denied');
  await done;
  expect(server.asked).toEqual(['stream', 'long-poll', 'long-poll', 'long-poll']);
});

test('a way that cuts each stream delays nothing for long', async () => {
  server.way = 'cuts streams';
  const { told, done, has } = await watching();
  await until(() => server.asked.includes('long-poll') && server.open === 1);
  server.move('scanned');
  await has('scanned');
  server.move('denied');
  await done;
  expect(told.filter(what => what !== 'network')).toEqual(['waiting', 'scanned', 'denied']);
});

test('a stream that falls silent is no stream: its login is not missed, and it is not tried again', async () => {
  server.way = 'falls silent';
  const { told, done, has } = await watching();
  await has('waiting');
  server.move('scanned');
  await has('scanned');
  await until(() => server.open === 1);
  server.move('denied');
  await done;
  expect(server.asked.filter(asked => asked === 'stream')).toHaveLength(1);
  expect(told).toContain('network');
});

test('a server that is killed and comes back goes on with the same login', async () => {
  const { told, done, has } = await watching();
  await has('waiting');
  await server.kill();
  await has('network');
  await server.start();
  server.move('scanned');
  await has('scanned');
  server.move('denied');
  await done;
  expect(told.filter(what => what !== 'network')).toEqual(
    expect.arrayContaining(['waiting', 'scanned', 'denied']),
  );
  expect(told.at(-1)).toBe('denied');
});

test('a login that ended while the server was away is not waited for', async () => {
  const { told, done, has } = await watching();
  await has('waiting');
  await server.kill();
  server.move('expired');
  await server.start();
  await done;
  expect(told.at(-1)).toBe('expired');
});

test('a server that has forgotten the login ends the watch', async () => {
  const { done, has } = await watching();
  await has('waiting');
  await server.kill();
  server.refusal = [404, 'unknown_login'];
  await server.start();
  await expect(done).rejects.toMatchObject({ code: 'unknown_login' });
});

test('where too many wait, a plain question is asked', async () => {
  server.refusal = [429, 'slow_down'];
  const { told, done, has } = await watching();
  await has('slow_down');
  server.refusal = undefined;
  server.move('denied');
  await done;
  expect(told).toEqual(['slow_down', 'denied']);
  expect(server.asked).toEqual(['stream', 'poll']);
});

test('a lost network is told at once, and asked through as soon as it is back', async () => {
  const { told, done, has } = await watching();
  await has('waiting');
  page.dispatchEvent(new Event('offline'));
  await has('network');
  await until(() => server.open === 0);
  server.move('denied');
  page.dispatchEvent(new Event('online'));
  await done;
  expect(told).toEqual(['waiting', 'network', 'denied']);
});

test('a hidden page rests, and asks at once when it is seen', async () => {
  const { told, done, has } = await watching();
  await has('waiting');
  page.hidden = true;
  page.dispatchEvent(new Event('visibilitychange'));
  await until(() => server.open === 0);
  server.move('expired');
  expect(told).toEqual(['waiting']);
  page.hidden = false;
  page.dispatchEvent(new Event('visibilitychange'));
  await done;
  expect(told).toEqual(['waiting', 'expired']);
});

test('a hidden page does not rest once its code was scanned', async () => {
  const { done, has } = await watching();
  server.move('scanned');
  await has('scanned');
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  page.hidden = true;
  page.dispatchEvent(new Event('visibilitychange'));
  vi.advanceTimersByTime(2 * QUICK.hidden * 1000);
  vi.useRealTimers();
  server.move('denied');
  await done;
  expect(server.asked).toEqual(['stream']);
});

/** Silence is no reason to ask again within these tests. */
const PATIENT = { ...QUICK, silence: 60 };

test('a machine that slept asks when its clock has jumped', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
  const { done, has } = await watching(PATIENT);
  await has('waiting');
  vi.setSystemTime(Date.now() + 3_600_000);
  vi.advanceTimersByTime(5_000);
  vi.useRealTimers();
  await until(() => server.asked.length === 2);
  server.move('denied');
  await done;
  expect(server.asked).toEqual(['stream', 'stream']);
});

test.each([
  ['the browser froze it', 'resume', {}],
  ['it comes back out of the cache', 'pageshow', { persisted: true }],
  ['the network is back', 'online', {}],
  ['it is seen again', 'visibilitychange', {}],
])('a page asks anew when %s', async (_why, type, members) => {
  const { done, has } = await watching(PATIENT);
  await has('waiting');
  page.dispatchEvent(Object.assign(new Event(type), members));
  await until(() => server.asked.length === 2);
  server.move('denied');
  await done;
});

test('several signs of the same awakening make one question', async () => {
  const { done, has } = await watching({ ...PATIENT, firstEvent: 60 });
  await has('waiting');
  server.way = 'buffers streams';
  page.dispatchEvent(new Event('visibilitychange'));
  await until(() => server.asked.length === 2);
  page.dispatchEvent(new Event('online'));
  server.way = 'clear';
  server.move('denied');
  await done;
  expect(server.asked).toEqual(['stream', 'stream']);
});

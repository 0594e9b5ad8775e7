import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  type CreatedLogin,
  WATCH_LIMITS,
  type WaitAnswer,
  type Watch,
  type WatchEvent,
  watchLogin,
} from '../src/index.ts';
import { type Answer, json, problem, standIn, stream } from './server.ts';

const LOGIN = { login_id: 'id', device_code: 'secret' } as CreatedLogin;
const waiting = { state: 'waiting', version: 1, expires_in: 300, interval: 5 };
const scanned = { state: 'scanned', version: 2, expires_in: 120, interval: 5 };
const denied = { state: 'denied', version: 3, expires_in: 0, interval: 5 };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Watches through these answers, and collects what the watch tells. */
async function watching(...answers: Answer[]) {
  const server = await standIn(...answers);
  const abort = new AbortController();
  const watch: Watch<WaitAnswer> = watchLogin(server.connection, LOGIN, abort.signal);
  const told: string[] = [];
  const done = (async () => {
    for await (const event of watch) told.push(describeEvent(event));
  })();
  done.catch(() => undefined);
  /** Lets time pass until the watch has asked this often. */
  const askedTimes = (times: number) =>
    vi.waitUntil(
      async () => {
        await vi.advanceTimersByTimeAsync(50);
        return server.asked.length >= times;
      },
      { timeout: 5000, interval: 1 },
    );
  return { ...server, watch, told, done, abort, askedTimes };
}

function describeEvent(event: WatchEvent<WaitAnswer>): string {
  return event.type === 'state' ? event.answer.state : event.code;
}

const accept = (asked: { headers: Headers }) =>
  asked.headers.get('Prefer') ?? asked.headers.get('Accept');

describe('a stream', () => {
  test('tells each state as it comes, and ends with the login', async () => {
    const events = stream();
    const { told, done, asked } = await watching(events.response);
    events.state(waiting);
    events.write(': heartbeat\n\n');
    events.state(scanned);
    events.state(denied);
    await done;
    expect(told).toEqual(['waiting', 'scanned', 'denied']);
    expect(asked).toHaveLength(1);
    expect(asked[0]?.path).toBe('/v1/logins/id/wait');
    expect(asked[0]?.json).toEqual({ device_code: 'secret' });
  });

  test('that is cut in the middle of an event is put together again', async () => {
    const events = stream();
    const { told, done } = await watching(events.response);
    const text = `event: state\nid: 3\ndata: ${JSON.stringify(denied)}\n\n`;
    events.write(text.slice(0, 30));
    events.write(text.slice(30));
    await done;
    expect(told).toEqual(['denied']);
  });

  test('that ends early is opened again with the version known', async () => {
    const first = stream();
    const second = stream();
    const { told, done, asked, askedTimes } = await watching(first.response, second.response);
    first.state(waiting);
    first.end();
    await askedTimes(2);
    second.state(denied);
    await done;
    expect(told).toEqual(['waiting', 'denied']);
    expect(asked[1]?.json).toEqual({ device_code: 'secret', version: 1 });
    expect(accept(asked[1] as never)).toBe('text/event-stream');
  });

  test('that says nothing is given up for a long poll', async () => {
    const { told, done, asked, askedTimes } = await watching(
      request => stream(request.signal).response,
      json(denied),
    );
    await askedTimes(2);
    await done;
    expect(told).toEqual(['network', 'denied']);
    expect(accept(asked[1] as never)).toBe('wait=25');
  });

  test('that falls silent is opened anew', async () => {
    let first: ReturnType<typeof stream> | undefined;
    const { told, done, asked, askedTimes } = await watching(request => {
      first = stream(request.signal);
      first.state(waiting);
      return first.response;
    }, json(denied));
    await vi.advanceTimersByTimeAsync((WATCH_LIMITS.silence - 1) * 1000);
    expect(asked).toHaveLength(1);
    await askedTimes(2);
    await done;
    expect(told).toEqual(['waiting', 'network', 'denied']);
  });

  test('lives on by heartbeats alone', async () => {
    const events = stream();
    const { asked, done } = await watching(events.response);
    events.state(waiting);
    for (let i = 0; i < 6; i++) {
      await vi.advanceTimersByTimeAsync(15_000);
      events.write(': heartbeat\n\n');
    }
    expect(asked).toHaveLength(1);
    events.state(denied);
    await done;
  });
});

describe('without a stream', () => {
  test('an answer in one piece leads to long polls that carry the version', async () => {
    const { told, done, asked } = await watching(json(waiting), json(scanned), json(denied));
    await vi.advanceTimersByTimeAsync(1000);
    await done;
    expect(told).toEqual(['waiting', 'scanned', 'denied']);
    expect(asked.map(request => request.json.version)).toEqual([undefined, 1, 2]);
    expect(asked.slice(1).map(accept)).toEqual(['wait=25', 'wait=25']);
  });

  test('long polls that nobody holds become polls at the pace of the server', async () => {
    const slow = { ...waiting, interval: 7 };
    const { done, asked, askedTimes } = await watching(
      json(slow),
      json(slow),
      json(slow),
      json(denied),
    );
    await askedTimes(2);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(asked).toHaveLength(2);
    await askedTimes(3);
    expect(asked[2]?.headers.get('Prefer')).toBeNull();
    await vi.advanceTimersByTimeAsync(6_000);
    expect(asked).toHaveLength(3);
    await askedTimes(4);
    await done;
  });

  test('slow_down waits as long as it says', async () => {
    const { told, done, asked, askedTimes } = await watching(
      json(waiting),
      problem(429, 'slow_down', { retry_after: 20 }),
      json(denied),
    );
    await askedTimes(2);
    await vi.advanceTimersByTimeAsync(19_000);
    expect(asked).toHaveLength(2);
    await askedTimes(3);
    await done;
    expect(told).toEqual(['waiting', 'slow_down', 'denied']);
  });
});

describe('trouble', () => {
  test('a lost network is told, and asked again in ever simpler ways', async () => {
    const lost = () => {
      throw new TypeError('failed to fetch');
    };
    const { told, done, asked, askedTimes } = await watching(lost, lost, lost, lost, json(denied));
    await askedTimes(5);
    await done;
    expect(told).toEqual(['network', 'network', 'network', 'network', 'denied']);
    expect(asked.map(accept)).toEqual([
      'text/event-stream',
      'wait=25',
      'application/json',
      'application/json',
      'application/json',
    ]);
  });

  test('after an outage leads back to the stream that worked before', async () => {
    const first = stream();
    const { told, done, asked, askedTimes } = await watching(
      first.response,
      new TypeError('failed to fetch'),
      json(scanned),
      json(denied),
    );
    first.state(waiting);
    first.end();
    await askedTimes(4);
    await done;
    expect(told).toEqual(['waiting', 'network', 'scanned', 'denied']);
    expect(asked.map(accept)).toEqual([
      'text/event-stream',
      'text/event-stream',
      'wait=25',
      'text/event-stream',
    ]);
  });

  test('with streams that are cut at once leads to long polls', async () => {
    const cut = () => {
      const events = stream();
      events.state(waiting);
      events.end();
      return events.response;
    };
    const { done, asked, askedTimes } = await watching(cut, cut, cut, json(denied));
    await askedTimes(4);
    await done;
    expect(accept(asked[3] as never)).toBe('wait=25');
  });

  test('a refusal ends the watch', async () => {
    const { done } = await watching(problem(404, 'unknown_login'));
    await expect(done).rejects.toMatchObject({ code: 'unknown_login' });
  });

  test('a poke asks at once and without a version', async () => {
    const { watch, told, done, asked, askedTimes } = await watching(
      json(waiting),
      request => stream(request.signal).response,
      json(denied),
    );
    await askedTimes(2);
    watch.poke();
    await askedTimes(3);
    await done;
    expect(asked[2]?.json.version).toBeUndefined();
    expect(told).toEqual(['waiting', 'denied']);
  });

  test('an abort ends the watch, even in a pause', async () => {
    const { abort, done } = await watching(json(waiting), json(waiting), json(waiting));
    await vi.advanceTimersByTimeAsync(100);
    abort.abort();
    await expect(done).rejects.toMatchObject({ name: 'AbortError' });
  });
});

/**
 * Follows a login: event stream, else long poll, else poll; through lost networks, restarts, sleep
 * and proxies that buffer. Knows neither who watches nor what the states mean, only that some end it.
 */

import { createParser } from 'eventsource-parser';
import { CountersignError, hasCode } from './errors.ts';
import { isFinal, type LoginState } from './wire.ts';

/** How the answer is asked for. */
export type WatchMode = 'stream' | 'long-poll' | 'poll';

/** What every answer has. */
export interface Watched {
  state: LoginState;
  version: number;
  interval?: number;
}

/** One request for the state. `version` is what is known already: only another one answers at once. */
export interface WatchRequest {
  mode: WatchMode;
  version: number | undefined;
  headers: Record<string, string>;
  signal: AbortSignal;
}

/** What a watch tells: the state, or why there is none for now. */
export type WatchEvent<A> =
  | { type: 'state'; answer: A }
  | { type: 'trouble'; code: 'network' | 'busy' | 'slow_down'; retryIn: number };

/** Seconds, each with its reason. */
export const WATCH_LIMITS = {
  /** RFC 7240: asks the server to hold a long poll this long; proxies often cut at 30. */
  longPoll: 25,
  /** A long poll that nobody answers by then is lost. */
  answer: 40,
  /** A stream sends its first event at once; silence means that something buffers it. */
  firstEvent: 6,
  /** Heartbeats come every 15: two are missing. */
  silence: 35,
  /** Between polls, unless the server says another number. */
  interval: 5,
  /** The longest pause between two tries. */
  maxPause: 15,
  /** A stream that lives shorter is cut by something in between. */
  shortLife: 5,
  /** So many streams may fail or live short before polls take over. */
  streams: 3,
} as const;

const POKED = Symbol('asked anew');
const SILENT = Symbol('no sign of life');

const HEADERS: Record<WatchMode, Record<string, string>> = {
  stream: { Accept: 'text/event-stream' },
  'long-poll': { Prefer: `wait=${WATCH_LIMITS.longPoll}` },
  poll: {},
};

/**
 * The states of one login, as they come, until a final one. Iterate it once.
 * Refusals are thrown; a lost connection is an event, and tried again.
 */
export class Watch<A extends Watched> implements AsyncIterable<WatchEvent<A>> {
  readonly #ask: (request: WatchRequest) => Promise<Response>;
  readonly #signal: AbortSignal | undefined;
  #mode: WatchMode = 'stream';
  #version: number | undefined;
  #interval: number = WATCH_LIMITS.interval;
  #failures = 0;
  #streamsLeft: number = WATCH_LIMITS.streams;
  #round = new AbortController();

  constructor(ask: (request: WatchRequest) => Promise<Response>, signal?: AbortSignal) {
    this.#ask = ask;
    this.#signal = signal;
  }

  /** Asks at once, whatever is under way: after sleep, or when the network is back. */
  poke(): void {
    this.#mode = 'stream';
    this.#version = undefined;
    this.#failures = 0;
    this.#streamsLeft = WATCH_LIMITS.streams;
    this.#round.abort(POKED);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<WatchEvent<A>> {
    for (;;) {
      this.#signal?.throwIfAborted();
      const round = new AbortController();
      const stop = () => round.abort(this.#signal?.reason);
      this.#round = round;
      this.#signal?.addEventListener('abort', stop, { once: true });
      try {
        let pause: number;
        try {
          for await (const answer of this.#attempt(round)) {
            yield { type: 'state', answer };
            if (isFinal(answer.state)) return;
          }
          pause = this.#pauseAfterAnswer();
        } catch (error) {
          if (round.signal.reason === POKED) continue;
          const code = this.#trouble(error, round);
          pause = this.#pauseAfter(error);
          yield { type: 'trouble', code, retryIn: pause };
        }
        await sleep(pause, round.signal);
      } finally {
        round.abort();
        this.#signal?.removeEventListener('abort', stop);
      }
    }
  }

  /** One request, and each state that it brings. */
  async *#attempt(round: AbortController): AsyncGenerator<A> {
    const mode = this.#mode;
    const silence = new Silence(round);
    if (mode === 'stream') this.#streamsLeft -= 1;
    try {
      silence.restart(mode === 'stream' ? WATCH_LIMITS.firstEvent : WATCH_LIMITS.answer);
      const response = await this.#ask({
        mode,
        version: this.#version,
        headers: HEADERS[mode],
        signal: round.signal,
      });
      if (response.headers.get('Content-Type')?.startsWith('text/event-stream')) {
        yield* this.#follow(response, silence);
      } else {
        yield this.#takeAnswer(mode, await readAnswer<A>(response), silence.elapsed);
      }
    } finally {
      silence.end();
    }
  }

  async *#follow(response: Response, silence: Silence): AsyncGenerator<A> {
    let heard = false;
    try {
      for await (const answer of readEvents<A>(response, silence)) {
        heard = true;
        yield this.#note(answer);
      }
    } finally {
      if (!heard) this.#streamsLeft = 0;
      else if (silence.elapsed > WATCH_LIMITS.shortLife) this.#streamsLeft = WATCH_LIMITS.streams;
    }
  }

  #takeAnswer(mode: WatchMode, answer: A, elapsed: number): A {
    const unchanged = answer.version === this.#version;
    // A server or proxy that streams nothing answers a stream like a poll.
    if (mode === 'stream') this.#streamsLeft = 0;
    if (this.#streamsLeft > 0) this.#mode = 'stream';
    else if (mode === 'stream') this.#mode = 'long-poll';
    // Unchanged and yet answered: it does not hold the request, so the pace is ours to keep.
    else if (unchanged && elapsed < WATCH_LIMITS.shortLife) this.#mode = 'poll';
    return this.#note(answer);
  }

  #note(answer: A): A {
    this.#version = answer.version;
    this.#interval = answer.interval ?? this.#interval;
    this.#failures = 0;
    return answer;
  }

  #pauseAfterAnswer(): number {
    if (this.#mode === 'stream' && this.#streamsLeft <= 0) this.#mode = 'long-poll';
    // A stream that ended (the server restarts) is opened again soon, but never in a tight loop.
    if (this.#mode === 'stream') return 0.5 + Math.random();
    return this.#mode === 'long-poll' ? 0 : this.#interval;
  }

  /** Tells what is wrong in one word; rethrows what trying again can't mend. */
  #trouble(error: unknown, round: AbortController): 'network' | 'busy' | 'slow_down' {
    if (this.#signal?.aborted) throw this.#signal.reason;
    if (hasCode(error, 'slow_down')) return 'slow_down';
    const silent = round.signal.reason === SILENT;
    if (!silent && !hasCode(error, 'network', 'busy', 'internal', 'request_timeout')) throw error;
    // Each failure asks in a simpler way; an answer leads back to the stream if that ever worked.
    this.#mode = this.#mode === 'stream' ? 'long-poll' : 'poll';
    this.#failures += 1;
    return hasCode(error, 'network') || silent ? 'network' : 'busy';
  }

  #pauseAfter(error: unknown): number {
    if (hasCode(error, 'slow_down')) return error.retryAfter ?? this.#interval + 5;
    if (hasCode(error, 'busy') && error.retryAfter) return error.retryAfter;
    // Silence is no reason to wait longer: the next way of asking may work at once.
    if (!(error instanceof CountersignError)) return 0;
    // Spread out, so that a restarted server is not met by all pages in the same moment.
    const full = Math.min(2 ** (this.#failures - 1), WATCH_LIMITS.maxPause);
    return full * (0.5 + Math.random() / 2);
  }
}

/** Aborts a round when nothing is heard for too long. */
class Silence {
  readonly #round: AbortController;
  readonly #since = performance.now();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(round: AbortController) {
    this.#round = round;
  }

  /** Seconds since the request was made. */
  get elapsed(): number {
    return (performance.now() - this.#since) / 1000;
  }

  restart(seconds: number): void {
    this.end();
    this.#timer = setTimeout(() => this.#round.abort(SILENT), seconds * 1000);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

async function* readEvents<A>(response: Response, silence: Silence): AsyncGenerator<A> {
  const arrived: A[] = [];
  const parser = createParser({
    onEvent: event => {
      if (event.event === 'state') arrived.push(parse<A>(event.data));
    },
  });
  const reader = response.body?.getReader();
  if (!reader) throw new CountersignError('bad_answer');
  const decoder = new TextDecoder();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(cause => {
        throw cause === SILENT ? cause : new CountersignError('network', { cause });
      });
      if (done) return;
      parser.feed(decoder.decode(value, { stream: true }));
      silence.restart(WATCH_LIMITS.silence);
      for (let next = arrived.shift(); next; next = arrived.shift()) yield next;
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

async function readAnswer<A>(response: Response): Promise<A> {
  return parse<A>(
    await response.text().catch(cause => {
      throw new CountersignError('network', { cause });
    }),
  );
}

function parse<A>(text: string): A {
  try {
    return JSON.parse(text) as A;
  } catch (cause) {
    throw new CountersignError('bad_answer', { cause });
  }
}

/** Waits some seconds, or until the round is over. */
function sleep(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(done, seconds * 1000);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    if (signal.aborted) done();
    else signal.addEventListener('abort', done, { once: true });
  });
}

/**
 * Follows a login: event stream, else long poll, else poll; through lost networks, restarts, sleep
 * and proxies that buffer. Knows neither who watches nor what the states mean, only that some end it.
 */

import { hasCode } from './errors.ts';
import { readAnswer, readEvents, SILENT, Silence } from './event-stream.ts';
import { onWakeUp } from './wake-ups.ts';
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
  /** A page that is hidden so long may rest: a code that it drew is good for no longer. */
  hidden: 60,
  /** Sleep ends with several signs at once: visible, online, a clock that jumped. One of them will do. */
  wakeUps: 1,
} as const;

export type WatchLimits = Record<keyof typeof WATCH_LIMITS, number>;

/** What a watch may be told beside how to ask. */
export interface WatchOptions<A> {
  signal?: AbortSignal | undefined;
  /** Whether a hidden page may close its stream in this state, and ask again when it is seen. */
  mayRest?: (answer: A) => boolean;
  limits?: Partial<WatchLimits>;
}

const POKED = Symbol('asked anew');
const OFFLINE = Symbol('the browser has no network');

const ACCEPT_STREAM = { Accept: 'text/event-stream' };

/**
 * The states of one login, as they come, until a final one. Iterate it once.
 * Refusals are thrown; a lost connection is an event, and tried again.
 */
export class Watch<A extends Watched> implements AsyncIterable<WatchEvent<A>> {
  readonly #ask: (request: WatchRequest) => Promise<Response>;
  readonly #signal: AbortSignal | undefined;
  readonly #mayRest: (answer: A) => boolean;
  readonly #limits: WatchLimits;
  #mode: WatchMode = 'stream';
  #last: A | undefined;
  #version: number | undefined;
  #failures = 0;
  #streamsLeft: number;
  #round = new AbortController();
  #resting = false;
  /** When it was poked, until something came of it. */
  #pokedAt: number | undefined;

  constructor(ask: (request: WatchRequest) => Promise<Response>, options: WatchOptions<A> = {}) {
    this.#ask = ask;
    this.#signal = options.signal;
    this.#mayRest = options.mayRest ?? (() => false);
    this.#limits = { ...WATCH_LIMITS, ...options.limits };
    this.#streamsLeft = this.#limits.streams;
  }

  /** Asks at once, whatever is under way. By itself it does so after sleep, and when the network is back. */
  poke(): void {
    const since = performance.now() - (this.#pokedAt ?? Number.NEGATIVE_INFINITY);
    if (since < this.#limits.wakeUps * 1000) return;
    this.#pokedAt = performance.now();
    this.#resting = false;
    this.#mode = 'stream';
    this.#version = undefined;
    this.#failures = 0;
    this.#streamsLeft = this.#limits.streams;
    this.#round.abort(POKED);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<WatchEvent<A>> {
    const watching = new AbortController();
    this.#mindThePage(watching.signal);
    try {
      yield* this.#rounds();
    } finally {
      watching.abort();
    }
  }

  #mindThePage(signal: AbortSignal): void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const awake = () => {
      clearTimeout(timer);
      this.poke();
    };
    const offline = () => this.#round.abort(OFFLINE);
    const hidden = () => {
      timer = setTimeout(() => this.#rest(), this.#limits.hidden * 1000);
    };
    onWakeUp({ awake, offline, hidden }, signal);
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
    if (globalThis.document?.hidden) hidden();
  }

  /** Closes what is open until the next poke. */
  #rest(): void {
    if (!this.#last || !this.#mayRest(this.#last)) return;
    this.#resting = true;
    this.#round.abort(POKED);
  }

  async *#rounds(): AsyncGenerator<WatchEvent<A>> {
    for (;;) {
      this.#signal?.throwIfAborted();
      const round = this.#begin();
      const stop = () => this.#round.abort(this.#signal?.reason);
      this.#signal?.addEventListener('abort', stop, { once: true });
      try {
        if (this.#resting) {
          await aborted(round.signal);
          continue;
        }
        let pause: number;
        try {
          for await (const answer of this.#attempt(round)) {
            yield { type: 'state', answer };
            if (isFinal(answer.state)) return;
          }
          pause = this.#pauseAfterAnswer();
        } catch (error) {
          if (round.signal.reason === POKED) continue;
          const code = this.#trouble(error, round.signal.reason);
          pause = this.#pauseAfter(error, round.signal.reason);
          yield { type: 'trouble', code, retryIn: pause };
        }
        // A pause of its own: a round that was given up would not let it last.
        await sleep(pause, this.#begin().signal);
      } finally {
        round.abort();
        this.#signal?.removeEventListener('abort', stop);
      }
    }
  }

  /** What a poke, a rest or a lost network cuts short. */
  #begin(): AbortController {
    this.#round = new AbortController();
    return this.#round;
  }

  /** One request, and each state that it brings. */
  async *#attempt(round: AbortController): AsyncGenerator<A> {
    const mode = this.#mode;
    const silence = new Silence(round);
    if (mode === 'stream') this.#streamsLeft -= 1;
    try {
      silence.restart(mode === 'stream' ? this.#limits.firstEvent : this.#limits.answer);
      const response = await this.#ask({
        mode,
        version: this.#version,
        headers: this.#headers(mode),
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

  #headers(mode: WatchMode): Record<string, string> {
    if (mode === 'stream') return ACCEPT_STREAM;
    return mode === 'long-poll' ? { Prefer: `wait=${this.#limits.longPoll}` } : {};
  }

  async *#follow(response: Response, silence: Silence): AsyncGenerator<A> {
    let heard = false;
    try {
      const alive = () => silence.restart(this.#limits.silence);
      for await (const answer of readEvents<A>(response, alive)) {
        heard = true;
        yield this.#note(answer);
      }
    } finally {
      if (!heard) this.#streamsLeft = 0;
      else if (silence.elapsed > this.#limits.shortLife) this.#streamsLeft = this.#limits.streams;
    }
  }

  #takeAnswer(mode: WatchMode, answer: A, elapsed: number): A {
    const unchanged = answer.version === this.#version;
    // A server or proxy that streams nothing answers a stream like a poll.
    if (mode === 'stream') this.#streamsLeft = 0;
    if (this.#streamsLeft > 0) this.#mode = 'stream';
    else if (mode === 'stream') this.#mode = 'long-poll';
    // Unchanged and yet answered: it does not hold the request, so the pace is ours to keep.
    else if (unchanged && elapsed < this.#limits.shortLife) this.#mode = 'poll';
    return this.#note(answer);
  }

  #note(answer: A): A {
    this.#last = answer;
    this.#version = answer.version;
    this.#failures = 0;
    this.#pokedAt = undefined;
    return answer;
  }

  get #interval(): number {
    return this.#last?.interval ?? this.#limits.interval;
  }

  #pauseAfterAnswer(): number {
    if (this.#mode === 'stream' && this.#streamsLeft <= 0) this.#mode = 'long-poll';
    // A stream that ended (the server restarts) is opened again soon, but never in a tight loop.
    if (this.#mode === 'stream') return 0.5 + Math.random();
    return this.#mode === 'long-poll' ? 0 : this.#interval;
  }

  /** Tells what is wrong in one word; rethrows what trying again can't mend. */
  #trouble(error: unknown, reason: unknown): 'network' | 'busy' | 'slow_down' {
    if (this.#signal?.aborted) throw this.#signal.reason;
    this.#pokedAt = undefined;
    if (hasCode(error, 'slow_down')) {
      // Open waits may be what there is too much of; a plain question is answered all the same.
      this.#mode = 'poll';
      return 'slow_down';
    }
    // A stream that fell silent is held back on its way, and the next one would be as well.
    if (reason === SILENT && this.#mode === 'stream') this.#streamsLeft = 0;
    const cut = reason === SILENT || reason === OFFLINE;
    if (!cut && !hasCode(error, 'network', 'busy', 'internal', 'request_timeout')) throw error;
    // Each failure asks in a simpler way; an answer leads back to the stream if that ever worked.
    this.#mode = this.#mode === 'stream' ? 'long-poll' : 'poll';
    this.#failures += 1;
    return hasCode(error, 'network') || cut ? 'network' : 'busy';
  }

  #pauseAfter(error: unknown, reason: unknown): number {
    if (hasCode(error, 'slow_down')) return Math.max(1, error.retryAfter ?? this.#interval + 5);
    if (hasCode(error, 'busy') && error.retryAfter) return error.retryAfter;
    // Silence is no reason to wait longer: the next way of asking may work at once.
    if (reason === SILENT && this.#failures <= 1) return 0;
    // Spread out, so that a restarted server is not met by all pages in the same moment.
    const full = Math.min(2 ** (this.#failures - 1), this.#limits.maxPause);
    const pause = full * (0.5 + Math.random() / 2);
    return reason === OFFLINE ? Math.max(2, pause) : pause;
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

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

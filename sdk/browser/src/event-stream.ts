/** Reads the events of an answer, and notices when none come any more. Knows no login. */

import { createParser } from 'eventsource-parser';
import { CountersignError } from './errors.ts';

/** Why a round was given up: nothing was heard for too long. */
export const SILENT = Symbol('no sign of life');

/** Aborts a round when nothing is heard for too long. */
export class Silence {
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

/** The `state` events of a stream, as they come. Calls `heard` for whatever comes, heartbeats too. */
export async function* readEvents<A>(response: Response, heard: () => void): AsyncGenerator<A> {
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
        throw new CountersignError('network', { cause });
      });
      if (done) return;
      heard();
      parser.feed(decoder.decode(value, { stream: true }));
      for (let next = arrived.shift(); next; next = arrived.shift()) yield next;
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

/** An answer in one piece. */
export async function readAnswer<A>(response: Response): Promise<A> {
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

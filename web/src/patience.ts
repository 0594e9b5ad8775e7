/** Asks until there is an answer: through lost networks, busy servers and too many requests. */

import { hasCode } from '@countersign/browser';
import type { Stage } from './stage.ts';

/** Seconds between tries: soon at first, then calmly. */
const PAUSES = [1, 2, 4, 8, 15];
const SLOW_DOWN = 20;

/**
 * Runs `ask` again while the server can't be reached or says "later", and says so on the stage.
 * Any other refusal is thrown; so is an abort.
 */
export async function patiently<T>(
  stage: Stage,
  signal: AbortSignal,
  ask: () => Promise<T>,
): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      const answer = await ask();
      stage.trouble(undefined);
      return answer;
    } catch (error) {
      signal.throwIfAborted();
      if (!hasCode(error, 'network', 'busy', 'slow_down')) throw error;
      const usual = hasCode(error, 'slow_down') ? SLOW_DOWN : PAUSES[Math.min(tries, 4)];
      const pause = error.retryAfter ?? usual ?? SLOW_DOWN;
      stage.trouble(error.code as 'network' | 'busy' | 'slow_down', pause);
      await rest(pause, signal);
    }
  }
}

/** Waits, but no longer than until the network is back. Throws when aborted. */
function rest(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = new AbortController();
    const timer = setTimeout(finish, seconds * 1000);
    function finish() {
      clearTimeout(timer);
      done.abort();
      if (signal.aborted) reject(signal.reason);
      else resolve();
    }
    window.addEventListener('online', finish, { signal: done.signal });
    signal.addEventListener('abort', finish, { signal: done.signal });
  });
}

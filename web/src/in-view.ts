/** Time as a person in front of the page has it: a page that is out of view rests. */

/** Waits for some seconds in view, or for the page's return or the network's; not at all once aborted. */
export function untilLater(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const done = new AbortController();
    const finish = () => {
      clearTimeout(timer);
      done.abort();
      resolve();
    };
    const inView = () => {
      if (!document.hidden) finish();
    };
    const timer = setTimeout(inView, seconds * 1000);
    const options = { signal: done.signal };
    document.addEventListener('visibilitychange', inView, options);
    window.addEventListener('pageshow', inView, options);
    window.addEventListener('online', inView, options);
    signal.addEventListener('abort', finish, options);
    if (signal.aborted) finish();
  });
}

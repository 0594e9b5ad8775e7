/** Notices what a page sleeps through: hidden tabs, lost networks, a machine that slept. Asks nothing. */

/** Seconds between two looks at the clock. */
const TICK = 5;
/** So many seconds more between two looks: the machine slept, or the page was frozen. */
const JUMP = 10;

/** What can be noticed. */
export interface WakeUps {
  /** What was known may be old by now: ask again. */
  awake: () => void;
  /** The browser says that it has no network. It may be wrong. */
  offline?: () => void;
  /** Nobody sees the page any more. */
  hidden?: () => void;
}

/** Calls these until the signal is aborted. Where there is no page (a worker), only clock and network tell. */
export function onWakeUp(wakeUps: WakeUps, signal: AbortSignal): void {
  if (signal.aborted) return;
  const { awake, offline, hidden } = wakeUps;
  const page = globalThis.document;
  const listen = (target: EventTarget | undefined, type: string, act: (event: Event) => void) =>
    target?.addEventListener?.(type, act, { signal });
  listen(page, 'visibilitychange', () => (page.hidden ? hidden?.() : awake()));
  listen(page, 'resume', awake);
  listen(globalThis, 'pageshow', event => {
    if ((event as PageTransitionEvent).persisted) awake();
  });
  listen(globalThis, 'online', awake);
  listen(globalThis, 'offline', () => offline?.());

  let seen = Date.now();
  const ticking = setInterval(() => {
    const since = Math.abs(Date.now() - seen);
    seen = Date.now();
    // A hidden page's timers are slow on purpose; it is told when it is seen again.
    if (since > (TICK + JUMP) * 1000 && !page?.hidden) awake();
  }, TICK * 1000);
  signal.addEventListener('abort', () => clearInterval(ticking), { once: true });
}

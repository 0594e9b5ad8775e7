/** Secrets that a link carries in its fragment. Knows no page. */

/** Takes the fragment out of the address at once: it must neither stay in the history nor be seen with the address. */
export function takeFragment(): string {
  const fragment = location.hash.slice(1);
  if (fragment) history.replaceState(null, '', location.pathname);
  return fragment;
}

/** Calls `open` with the fragment that another link brings to this page while it is open. */
export function onNextFragment(open: (fragment: string) => unknown): void {
  window.addEventListener('hashchange', () => {
    const next = takeFragment();
    if (next) open(next);
  });
}

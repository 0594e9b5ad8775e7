/** A dialog over the page, left by Escape like by its own buttons. Knows no content. */

import { type Child, h } from './dom.ts';

/**
 * Opens a dialog and gives what `close` was called with, or `undefined` when it was left.
 * `left` is aborted when the dialog goes.
 */
export function openDialog<T>(
  title: string,
  build: (close: (result?: T) => void, left: AbortSignal) => Child[],
): Promise<T | undefined> {
  return new Promise(resolve => {
    const left = new AbortController();
    const close = (result?: T) => {
      resolve(result); // the first one counts
      dialog.close();
    };
    const dialog = h(
      'dialog',
      { class: 'dialog', 'aria-labelledby': 'dialog-title' },
      h('h2', { id: 'dialog-title' }, title),
      build(close, left.signal),
    );
    dialog.addEventListener('close', () => {
      left.abort();
      dialog.remove();
      resolve(undefined);
    });
    document.body.append(dialog);
    dialog.showModal();
    dialog.querySelector<HTMLElement>('[data-first]')?.focus();
  });
}

/** Says what went wrong, and offers the way on. */

import { CountersignError } from '@countersign/browser';
import { h } from './dom.ts';
import { button, panel } from './stage.ts';
import { notAllowedTexts } from './texts/errors.ts';
import { errorTexts, type TextKey, t } from './texts.ts';

/** One sentence for any error. A code that is not known yet falls back to the server's own sentence. */
export function sentence(error: unknown): string {
  if (!(error instanceof CountersignError)) return errorTexts.internal;
  const { notAllowed } = error;
  if (notAllowed && notAllowed in notAllowedTexts) return notAllowedTexts[notAllowed];
  return errorTexts[error.code] ?? error.detail ?? errorTexts.bad_answer;
}

/** A view for an error that ends what was going on. */
export function failureView(
  error: unknown,
  again: () => unknown,
  words: { title: TextKey; action: TextKey } = { title: 'failed.title', action: 'action.retry' },
): HTMLElement {
  // A plain refusal explains itself; the number helps whoever looks for a fault.
  const fault = error instanceof CountersignError && error.status >= 500;
  const id = fault ? error.requestId : undefined;
  return panel(
    { icon: 'warning', tone: 'warn' },
    h('h1', {}, t(words.title)),
    h('p', {}, sentence(error)),
    id && h('p', { class: 'reference' }, t('failed.reference', { id })),
    h('div', { class: 'actions' }, button(t(words.action), again)),
  );
}

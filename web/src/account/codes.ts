/** Recovery codes, shown once: to copy, to print, to keep in a file. Knows no request. */

import { h } from '../dom.ts';
import { form } from '../forms.ts';
import { button } from '../stage.ts';
import { t } from '../texts.ts';
import { day } from '../time.ts';
import { Message } from './owner.ts';

export interface CodesOptions {
  codes: string[];
  /** Whose, and where they are for. */
  account: string;
  issuer: string;
  /** Their owner says that they are kept. */
  kept: () => void;
}

/** Draws them, with what their owner needs to keep them. */
export function codesView(options: CodesOptions) {
  const { codes, account, issuer, kept } = options;
  const heading = h('h3', { tabindex: '-1' }, t('codes.title'));
  const message = new Message();
  const text = [
    t('codes.file', { account, issuer }),
    t('codes.made', { day: day(Date.now() / 1000) }),
    t('codes.once'),
    '',
    ...codes,
    '',
  ].join('\n');
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(codes.join('\n'));
      message.say(t('codes.copied'));
    } catch {
      message.say(t('codes.notCopied'), 'bad');
    }
  };
  const leaving = holdPage();
  const box = h('input', { type: 'checkbox', id: 'codes-kept' });
  const done = form({
    fields: [],
    more: h('label', { class: 'check', for: box.id }, box, h('span', {}, t('codes.kept'))),
    submit: t('codes.done'),
    act: async () => {
      if (!box.checked) {
        box.focus();
        return { text: t('codes.tick') };
      }
      leaving.abort();
      kept();
      return undefined;
    },
  });
  const root = h(
    'div',
    { class: 'codes' },
    heading,
    h('p', {}, t('codes.text')),
    h('p', { class: 'for-print' }, t('codes.file', { account, issuer })),
    h(
      'ol',
      { dir: 'ltr' },
      codes.map(code => h('li', {}, h('code', {}, code))),
    ),
    h(
      'div',
      { class: 'tools' },
      button(t('codes.copy'), copy, 'quiet'),
      button(t('codes.print'), () => window.print(), 'quiet'),
      download(text),
    ),
    message.root,
    done,
  );
  return { root, heading };
}

/** A file of plain text, made here: it never was anywhere else. */
function download(text: string): HTMLElement {
  const save = () => {
    const address = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
    h('a', { href: address, download: t('codes.fileName') }).click();
    URL.revokeObjectURL(address);
  };
  return button(t('codes.download'), save, 'quiet');
}

/** Has the browser ask before the page is left: what is shown can't be had again. */
function holdPage(): AbortController {
  const leaving = new AbortController();
  const ask = (event: Event) => event.preventDefault();
  window.addEventListener('beforeunload', ask, { signal: leaving.signal });
  return leaving;
}

/** Takes back the sign-in that a link names: says what that does, and does it when asked. */

import { hasCode, undoByLink } from '@countersign/browser';
import { h } from '../dom.ts';
import { failureView, sentence } from '../failure.ts';
import type { Page } from '../page.ts';
import { button, panel } from '../stage.ts';
import { type TextKey, t } from '../texts.ts';

const EFFECTS = [
  'undoLink.ends',
  'undoLink.made',
  'undoLink.password',
  'undoLink.allowed',
] as const;

export class UndoPage {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** Says what would happen. Looking changes nothing: programs open links too. */
  open = (undo: string): void => {
    if (undo) this.#ask(undo);
    else this.#refused('undoLink.noneTitle', 'undoLink.none');
  };

  #ask(undo: string): void {
    const message = h('p', { class: 'message bad', 'aria-live': 'assertive' });
    const take = async () => {
      message.textContent = '';
      try {
        await this.#take(undo);
      } catch (error) {
        if (hasCode(error, 'undo_invalid')) {
          this.#refused('undoLink.invalidTitle', 'undoLink.invalid');
        } else if (hasCode(error, 'internal')) {
          this.#page.stage.show(failureView(error, () => this.open(undo)));
        } else message.textContent = sentence(error);
      }
    };
    const view = panel(
      { icon: 'warning', tone: 'warn' },
      h('h1', {}, t('undoLink.title')),
      h('p', {}, t('undoLink.text')),
      h(
        'ul',
        { class: 'plain' },
        EFFECTS.map(key => h('li', {}, t(key))),
      ),
      h('p', {}, t('undoLink.nothing')),
      message,
      h('div', { class: 'actions' }, button(t('undoLink.submit'), take)),
    );
    this.#page.stage.show(view);
  }

  async #take(undo: string): Promise<void> {
    const { connection, stage } = this.#page;
    const { ended, passkeys_removed: passkeys = 0 } = await undoByLink(connection, undo);
    const nothing = ended + passkeys === 0;
    const view = panel(
      { icon: 'check', tone: 'good' },
      h('h1', {}, t('undoLink.doneTitle')),
      h('p', {}, nothing ? t('undoLink.before') : t('undoLink.done', { ended, passkeys })),
      h('p', {}, t('undoLink.next')),
      toAccount(),
    );
    stage.show(view);
  }

  #refused(title: TextKey, text: TextKey): void {
    const view = panel(
      { icon: 'stop', tone: 'bad' },
      h('h1', {}, t(title)),
      h('p', {}, t(text)),
      toAccount(),
    );
    this.#page.stage.show(view);
  }
}

function toAccount(): HTMLElement {
  const link = h('a', { class: 'button secondary', href: '/account' }, t('undoLink.account'));
  return h('div', { class: 'actions' }, link);
}

/** What happened to the account, newest first. */

import { type ActivityEntry, activity } from '@countersign/browser';
import { h } from '../dom.ts';
import { button } from '../stage.ts';
import { t } from '../texts.ts';
import { moment } from '../time.ts';
import { Message, type Owner, section } from './owner.ts';
import { happening } from './words.ts';

/** Kinds that their owner should not overlook. */
const ALARMING = ['reported', 'wrong_codes', 'stranger_scanned', 'misuse', 'account_locked'];

export class ActivityPart {
  readonly root: HTMLElement;
  readonly #owner: Owner;
  readonly #message = new Message();
  readonly #list = h('ul', { class: 'activity' });
  readonly #none = h('p', { class: 'hint' }, t('activity.none'));
  readonly #more: HTMLButtonElement;
  #next: number | undefined;

  constructor(owner: Owner) {
    this.#owner = owner;
    this.#none.hidden = true;
    this.#more = button(t('activity.more'), () => this.#goOn(), 'quiet');
    this.#more.hidden = true;
    const content = [this.#list, this.#none, this.#message.root, this.#more];
    this.root = section(t('activity.title'), ...content).root;
  }

  /** Shows the newest entries; what was read on before has to be asked for again. */
  async load(): Promise<void> {
    const { session, signal } = this.#owner;
    const { entries, next } = await activity(session, undefined, signal);
    const first = String(entries[0]?.id);
    if (this.#list.dataset.first === first) return;
    this.#list.dataset.first = first;
    this.#list.replaceChildren(...entries.map(row));
    this.#none.hidden = entries.length > 0;
    this.#goesOn(next);
  }

  #goOn(): Promise<void> {
    return this.#message.guard(this.#owner, async () => {
      const { session, signal } = this.#owner;
      const { entries, next } = await activity(session, this.#next, signal);
      const rows = entries.map(row);
      this.#list.append(...rows);
      this.#goesOn(next);
      // The button may be gone: whoever reads on starts where the new ones begin.
      rows[0]?.focus();
    });
  }

  #goesOn(next: number | undefined): void {
    this.#next = next;
    this.#more.hidden = next === undefined;
  }
}

function row(entry: ActivityEntry): HTMLElement {
  const { title, about } = happening(entry);
  const separated = about.flatMap((part, index) => (index === 0 ? [part] : [' · ', part]));
  const time = h('time', { datetime: new Date(entry.at * 1000).toISOString() }, moment(entry.at));
  return h(
    'li',
    { tabindex: '-1', class: ALARMING.includes(entry.kind) ? 'alarming' : '' },
    h('p', {}, title),
    h('p', { class: 'quiet-line' }, time, about.length > 0 && ' · ', separated),
  );
}

/** What happened to the account, newest first, as it happens; fresh sign-ins can be taken back. */

import { type ActivityEntry, activity, hasCode, nextActivity, undo } from '@countersign/browser';
import { type Child, h } from '../dom.ts';
import { placeWords } from '../place.ts';
import { sensitively } from '../sensitive.ts';
import { button } from '../stage.ts';
import { t } from '../texts.ts';
import { moment } from '../time.ts';
import { Message, type Owner, section } from './owner.ts';
import { ended, happening } from './words.ts';

/** Kinds that their owner should not overlook. */
const ALARMING = [
  'reported',
  'wrong_codes',
  'wrong_phrases',
  'stranger_scanned',
  'misuse',
  'account_locked',
  'recovery_started',
  'alert',
];

/** An entry as it is shown. */
interface Shown {
  row: HTMLElement;
  said: string;
}

export class ActivityPart {
  readonly root: HTMLElement;
  readonly #owner: Owner;
  readonly #heading: HTMLElement;
  readonly #message = new Message();
  readonly #list = h('ul', { class: 'activity' });
  readonly #none = h('p', { class: 'hint' }, t('activity.none'));
  readonly #more: HTMLButtonElement;
  readonly #shown = new Map<number, Shown>();
  #next: number | undefined;

  constructor(owner: Owner) {
    this.#owner = owner;
    this.#none.hidden = true;
    this.#more = button(t('activity.more'), () => this.#goOn(), 'quiet');
    this.#more.hidden = true;
    const content = [this.#message.root, this.#list, this.#none, this.#more];
    const { root, heading } = section(t('activity.title'), ...content);
    root.id = 'activity';
    this.root = root;
    this.#heading = heading;
  }

  /** Shows the newest entries. Those that are shown already keep their place and the focus. */
  async load(): Promise<void> {
    const { session, signal } = this.#owner;
    const { entries, next } = await activity(session, undefined, signal);
    const last = entries.at(-1);
    const fits = this.#shown.size === 0 || (last !== undefined && last.id <= this.#newest);
    // Where something lies between, what was read on before has to be asked for again.
    if (!fits) this.#clear();
    const first = this.#shown.size === 0;
    for (const entry of [...entries].reverse()) this.#put(entry, 'above');
    if (first) this.#goesOn(next);
    this.#none.hidden = this.#shown.size > 0;
  }

  /** True once something happened; false when nothing did for as long as the server waits. */
  async follow(signal: AbortSignal): Promise<boolean> {
    const { entries } = await nextActivity(this.#owner.session, this.#newest, signal);
    return entries.length > 0;
  }

  get #newest(): number {
    return Math.max(0, ...this.#shown.keys());
  }

  #clear(): void {
    this.#shown.clear();
    this.#list.replaceChildren();
  }

  #goOn(): Promise<void> {
    return this.#message.guard(this.#owner, async () => {
      const { session, signal } = this.#owner;
      const { entries, next } = await activity(session, this.#next, signal);
      const rows = entries.map(entry => this.#put(entry, 'below'));
      this.#goesOn(next);
      // The button may be gone: whoever reads on starts where the new ones begin.
      rows[0]?.focus();
    });
  }

  #goesOn(next: number | undefined): void {
    this.#next = next;
    this.#more.hidden = next === undefined;
  }

  /** Shows an entry, or shows it anew when there is something else to say. */
  #put(entry: ActivityEntry, where: 'above' | 'below'): HTMLElement {
    const said = JSON.stringify(entry);
    const known = this.#shown.get(entry.id);
    if (known?.said === said) return known.row;
    const row = this.#row(entry);
    this.#shown.set(entry.id, { row, said });
    if (known) known.row.replaceWith(row);
    else if (where === 'above') this.#list.prepend(row);
    else this.#list.append(row);
    return row;
  }

  #row(entry: ActivityEntry): HTMLElement {
    const { title } = happening(entry);
    const { grant } = entry;
    const takeBack = grant !== undefined && entry.undoable === true;
    return h(
      'li',
      { tabindex: '-1', class: ALARMING.includes(entry.kind) ? 'alarming' : '' },
      h('p', {}, title),
      about(entry),
      takeBack && this.#undo(grant, entry),
    );
  }

  #undo(grant: string, entry: ActivityEntry): HTMLElement {
    const { session, changed } = this.#owner;
    const act = () =>
      this.#message.guard(this.#owner, async () => {
        const said = await sensitively(session, async () => {
          try {
            return ended(await undo(session, grant)) || t('activity.undoneBefore');
          } catch (error) {
            if (hasCode(error, 'not_found')) return t('activity.undoneBefore');
            throw error;
          }
        });
        if (!said) return;
        await changed();
        this.#message.say(`${t('activity.undone')} ${said.done}`);
        this.#heading.focus();
      });
    const made = button(t('activity.undo'), act, 'danger');
    const label = [made.textContent, happening(entry).title, entry.device];
    made.setAttribute('aria-label', label.filter(part => part !== undefined).join(': '));
    return made;
  }
}

/** When, where and what it was about. */
function about(entry: ActivityEntry): HTMLElement {
  const time = h('time', { datetime: new Date(entry.at * 1000).toISOString() }, moment(entry.at));
  const place = entry.place && h('span', {}, placeWords(entry.place));
  const by = entry.by_device !== undefined && t('activity.by', { device: entry.by_device });
  const parts: Child[] = [time, place, ...happening(entry).about, by].filter(part => part);
  const separated = parts.flatMap((part, index) => (index === 0 ? [part] : [' · ', part]));
  return h('p', { class: 'quiet-line' }, separated);
}

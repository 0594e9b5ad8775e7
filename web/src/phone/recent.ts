/** The account's latest sign-ins, as they come: by whatever phone they were approved, each can be taken back. */

import {
  type ActivityEntry,
  activity,
  hasCode,
  nextActivity,
  type Session,
  undo,
} from '@countersign/browser';
import { happening } from '../account/words.ts';
import { type Child, h, isolated } from '../dom.ts';
import { sentence } from '../failure.ts';
import { untilLater } from '../in-view.ts';
import { placeWords } from '../place.ts';
import { sensitively } from '../sensitive.ts';
import { button, type Stage } from '../stage.ts';
import { rich, t } from '../texts.ts';
import { moment } from '../time.ts';

/** Only the latest: the account's page has all of them. */
const SHOWN = 3;

/** Seconds before one asks again where the server could not be reached, or did not hold the question. */
const PAUSE = 10;

/** For so many seconds a sign-in is one of just now. */
const FRESH = 120;

/** Kinds by which a sign-in ended. */
const ENDS = new Set<string>(['signed_out', 'misuse']);

/** Kinds by which somebody came in. */
const SIGN_IN = /^(signed_in(_by_\w+)?|phone_added|recovery_started|invitation_accepted)$/;

export interface RecentOptions {
  session: Session;
  stage: Stage;
  /** The session seems to be over. */
  over: () => unknown;
}

export class Recent {
  /** Those of just now: a notice for as long as they are. */
  readonly news = h('ul', { class: 'recent-news' });
  /** Those before. Not shown while there are none. */
  readonly root: HTMLElement;
  readonly #options: RecentOptions;
  readonly #list = h('ul', {});
  /** The rows of what can be taken back, by what it gave. */
  readonly #rows = new Map<string, HTMLElement>();
  readonly #told = new Set<string>();
  /** The newest entry that is known. */
  #after: number | undefined;

  constructor(options: RecentOptions) {
    this.#options = options;
    const all = h('a', { href: '/account#activity' }, t('recent.all'));
    this.root = h(
      'section',
      { class: 'recent', hidden: true, 'aria-labelledby': 'recent-title' },
      h('h2', { id: 'recent-title' }, t('recent.title')),
      this.#list,
      h('p', {}, all),
    );
  }

  /** Goes on learning, for as long as somebody looks. Throws `signed_out` when that is so. */
  async follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const began = performance.now();
        const some = await this.#learn(signal);
        const held = performance.now() - began > 1000;
        if (!some && !held) await untilLater(PAUSE, signal);
        if (document.hidden) await untilLater(0, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (hasCode(error, 'signed_out')) throw error;
        await untilLater(PAUSE, signal);
      }
    }
  }

  /** True when there was something new, or everything was. */
  async #learn(signal: AbortSignal): Promise<boolean> {
    const { session, stage } = this.#options;
    const first = this.#after === undefined;
    const { entries } =
      this.#after === undefined
        ? await activity(session, undefined, signal)
        : await nextActivity(session, this.#after, signal);
    if (signal.aborted) return false;
    this.#after = Math.max(this.#after ?? 0, ...entries.map(({ id }) => id));
    const latest = entries.filter(entry => this.#isNew(entry)).slice(0, SHOWN);
    const rows = latest.map(entry => this.#row(entry, !first));
    for (const { kind, grant = '' } of entries) if (ENDS.has(kind)) this.#over(grant);
    if (first) this.#settle(rows);
    else this.news.prepend(...rows);
    const [newest] = latest;
    if (newest && !first) stage.announce(t('recent.told', { device: deviceOf(newest) }));
    return first || entries.length > 0;
  }

  /** A way in may be told by two entries, such as an invitation that was accepted. */
  #isNew({ kind, grant }: ActivityEntry): boolean {
    if (!SIGN_IN.test(kind) || (grant && this.#told.has(grant))) return false;
    if (grant) this.#told.add(grant);
    return true;
  }

  #settle(rows: HTMLElement[]): void {
    this.#list.prepend(...rows);
    while (this.#list.children.length > SHOWN) this.#list.lastElementChild?.remove();
    this.root.hidden = this.#list.children.length === 0;
  }

  #row(entry: ActivityEntry, fresh: boolean): HTMLElement {
    const device = isolated(deviceOf(entry), 'strong');
    const message = h('p', { class: 'message bad', 'aria-live': 'assertive' });
    const words = entry.undoable ? 'recent.justNow' : 'recent.told';
    const title = h('p', {}, fresh ? rich(words, { device }) : device);
    const row = h('li', { tabindex: '-1' }, title, about(entry));
    const { grant } = entry;
    if (entry.undoable && grant) {
      const takeBack = () => this.#undo({ row, message, grant });
      const act = button(t('undo.action'), takeBack, 'secondary');
      act.setAttribute('aria-label', t('recent.undo', { device: deviceOf(entry) }));
      row.append(message, act);
      this.#rows.set(grant, row);
    }
    if (fresh) {
      setTimeout(() => {
        title.replaceChildren(device);
        const hadFocus = row.contains(document.activeElement) && document.activeElement;
        this.#settle([row]);
        // Moved while somebody is at its button: it must not be lost.
        if (hadFocus instanceof HTMLElement) hadFocus.focus();
      }, FRESH * 1000);
    }
    return row;
  }

  async #undo({ row, message, grant }: Undoable): Promise<void> {
    const { session, stage, over } = this.#options;
    message.textContent = '';
    try {
      if (!(await sensitively(session, () => undo(session, grant)))) return;
    } catch (error) {
      if (hasCode(error, 'signed_out')) return void over();
      // Taken back elsewhere: that is as good.
      if (!hasCode(error, 'not_found')) {
        message.textContent = sentence(error);
        return;
      }
    }
    row.querySelector('button')?.replaceWith(h('p', { class: 'undone' }, t('recent.undone')));
    this.#rows.delete(grant);
    row.focus();
    stage.announce(t('recent.undone'));
  }

  /** It ended elsewhere: there is nothing left to take back. */
  #over(grant: string): void {
    const row = this.#rows.get(grant);
    const button = row?.querySelector('button');
    this.#rows.delete(grant);
    // Whoever is about to press it hears what came of that.
    if (button && button !== document.activeElement) {
      button.replaceWith(h('p', { class: 'undone' }, t('recent.over')));
    }
  }
}

interface Undoable {
  row: HTMLElement;
  message: HTMLElement;
  grant: string;
}

function deviceOf({ device }: ActivityEntry): string {
  return device ?? t('recent.someDevice');
}

/** How, for what, from where and when. */
function about(entry: ActivityEntry): HTMLElement {
  const time = h('time', { datetime: new Date(entry.at * 1000).toISOString() }, moment(entry.at));
  const parts: Child[] = [
    happening(entry).title,
    entry.client && isolated(entry.client),
    entry.place && placeWords(entry.place),
    time,
  ].filter(part => part !== undefined && part !== '');
  const separated = parts.flatMap((part, index) => (index === 0 ? [part] : [' · ', part]));
  return h('p', { class: 'quiet-line' }, separated);
}

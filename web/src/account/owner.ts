/** What every part of the account's page needs to act in its owner's name. */

import { hasCode, type Me, type Session } from '@countersign/browser';
import { h } from '../dom.ts';
import { sentence } from '../failure.ts';
import type { Stage } from '../stage.ts';

export interface Owner {
  session: Session;
  stage: Stage;
  me: Me;
  /** Ends when the page shows something else. */
  signal: AbortSignal;
  /** Something was done: how things stand has to be learnt anew. */
  changed: () => Promise<void>;
  /** The session seems to be over. */
  over: () => unknown;
}

/** A line that says how an act went, where it was done. */
export class Message {
  readonly root = h('p', { class: 'message', 'aria-live': 'polite' });

  say(text: string, tone: 'good' | 'bad' = 'good'): void {
    this.root.classList.toggle('bad', tone === 'bad');
    this.root.textContent = text;
  }

  /** Runs an act, and says what went wrong. A session that is over is none of its matters. */
  async guard(owner: Pick<Owner, 'over'>, act: () => Promise<unknown>): Promise<void> {
    this.say('');
    try {
      await act();
    } catch (error) {
      if (hasCode(error, 'signed_out')) owner.over();
      else this.say(sentence(error), 'bad');
    }
  }
}

/** A part of the page under a heading. */
export function section(title: string, ...content: Parameters<typeof h>[2][]) {
  const heading = h('h2', { tabindex: '-1' }, title);
  return { root: h('section', { class: 'panel part' }, heading, ...content), heading };
}

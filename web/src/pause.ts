/** Counts down until the server may be asked again. Said once by the form; the seconds are for eyes. */

import { h } from './dom.ts';
import { t } from './texts.ts';
import { clock, countDown, Deadline } from './time.ts';

/** For a refusal that doesn't say how long. */
const USUAL = 20;

export class Pause {
  readonly root = h('p', { class: 'pause', hidden: true });
  #until = new Deadline(0);

  get isOver(): boolean {
    return this.#until.left === 0;
  }

  begin(seconds = USUAL): void {
    this.#until = new Deadline(seconds);
    countDown(
      this.root,
      () => this.#until,
      left => {
        this.root.hidden = left === 0;
        this.root.textContent = t('pause.left', { time: left < 60 ? `${left} s` : clock(left) });
      },
    );
  }
}

/** The one place of a page where views come and go. Knows no view. */

import { type Child, h } from './dom.ts';
import { icon } from './icons.ts';
import { t } from './texts.ts';
import { countDown, Deadline } from './time.ts';

export interface ShowOptions {
  /** What a screen reader says, politely; unless said, the view's heading. */
  announce?: string;
  /** What takes the focus; unless said, the heading when the person's own act led here. */
  focus?: HTMLElement | undefined;
}

export class Stage {
  readonly #main: HTMLElement;
  readonly #live: HTMLElement;
  readonly #notice = h('div', { class: 'notice', hidden: true });
  #trouble: string | undefined;

  constructor() {
    this.#main = byId('stage');
    this.#live = byId('live');
    this.#main.before(this.#notice);
  }

  /** Puts a view in place of the last one. */
  show(view: HTMLElement, options: ShowOptions = {}): void {
    // Focus is moved only if it would be lost: who types or reads elsewhere is not disturbed.
    const hadFocus = this.#main.contains(document.activeElement);
    this.#main.replaceChildren(view);
    window.scrollTo(0, 0);
    const heading = view.querySelector('h1');
    heading?.setAttribute('tabindex', '-1');
    // Without a heading the stage itself keeps it, for the view that follows.
    const target = options.focus ?? (hadFocus ? (heading ?? this.#main) : undefined);
    // Without scrolling: what stands above the focus has to be read first.
    target?.focus({ preventScroll: true });
    document.title = `${heading?.textContent ?? t('loading')} · ${t('app.name')}`;
    this.announce(options.announce ?? heading?.textContent ?? '');
  }

  /** Says something without showing it. */
  announce(text: string): void {
    this.#live.textContent = text;
  }

  /** Shows a line above the view while something is in the way; `undefined` takes it back. */
  trouble(code: 'network' | 'busy' | 'slow_down' | undefined, seconds = 0): void {
    const before = this.#trouble;
    this.#trouble = code;
    this.#notice.hidden = code === undefined;
    if (code === undefined) {
      if (before !== undefined) this.announce(t('trouble.over'));
      return;
    }
    const line = h('span', {});
    this.#notice.replaceChildren(icon(code === 'network' ? 'offline' : 'clock'), line);
    const deadline = new Deadline(seconds);
    countDown(
      line,
      () => deadline,
      left => {
        line.textContent = t(`trouble.${code}`, { seconds: left });
      },
    );
    if (code !== before) this.announce(line.textContent ?? '');
  }
}

/** A panel with an icon, a heading and what follows. */
export function panel(
  look: { icon?: Parameters<typeof icon>[0]; tone?: string },
  ...content: Child[]
) {
  const sign = look.icon && h('div', { class: `sign ${look.tone ?? ''}` }, icon(look.icon));
  return h('section', { class: 'panel' }, sign, ...content);
}

/** A button. While its act runs it can't be pressed again. */
export function button(
  label: string,
  act: () => unknown,
  look: 'primary' | 'secondary' | 'quiet' | 'danger' = 'primary',
): HTMLButtonElement {
  const element = h('button', { type: 'button', class: `button ${look}` }, label);
  element.addEventListener('click', () => busyWhile(element, act));
  return element;
}

/** Keeps a button from being pressed while something runs. */
export async function busyWhile(element: HTMLButtonElement, act: () => unknown): Promise<void> {
  if (element.getAttribute('aria-disabled') === 'true') return;
  element.setAttribute('aria-disabled', 'true');
  try {
    await act();
  } finally {
    element.removeAttribute('aria-disabled');
  }
}

/** What is shown while there is nothing to show yet. */
export function loadingView(text = t('loading'), title?: string): HTMLElement {
  const spinner = h('div', { class: 'spinner', 'aria-hidden': 'true' });
  const heading = title && h('h1', {}, title);
  return h('section', { class: 'panel loading' }, spinner, heading, h('p', {}, text));
}

function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return element;
}

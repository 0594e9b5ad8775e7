/** Six boxes for the check code: one real field, so that paste, keyboards and readers just work. */

import { h } from '../dom.ts';
import { t } from '../texts.ts';

/** What the protocol sets by default; the desktop is told nothing else. */
export const CODE_LENGTH = 6;

/** Keeps the digits of what was typed or pasted: "123 456" and full-width digits count too. */
export function digitsOf(text: string): string {
  return text.normalize('NFKC').replaceAll(/\D/g, '').slice(0, CODE_LENGTH);
}

export class CodeInput {
  readonly root: HTMLElement;
  readonly field: HTMLInputElement;
  readonly #boxes = Array.from({ length: CODE_LENGTH }, () => h('span', { class: 'box' }));
  readonly #complete: (code: string) => void;

  /** Calls `complete` with the digits as soon as the last one is there. */
  constructor(complete: (code: string) => void, describedBy: string) {
    this.#complete = complete;
    this.field = h('input', {
      class: 'code-field',
      id: 'code',
      type: 'text',
      inputmode: 'numeric',
      autocomplete: 'one-time-code',
      autocapitalize: 'off',
      spellcheck: 'false',
      'aria-label': t('checking.label'),
      'aria-describedby': describedBy,
      on: { input: () => this.#changed(), focus: () => this.#paint(), blur: () => this.#paint() },
    });
    this.root = h(
      'div',
      { class: 'code-input', dir: 'ltr' },
      h('div', { class: 'boxes', 'aria-hidden': 'true' }, this.#boxes),
      this.field,
    );
    this.#paint();
  }

  /** Empties the field for the next try. */
  clear(): void {
    this.field.value = '';
    this.field.setAttribute('aria-invalid', 'true');
    this.#paint();
    this.field.focus();
  }

  /** Holds the field while its code is being checked. */
  set busy(busy: boolean) {
    this.field.readOnly = busy;
    this.root.classList.toggle('busy', busy);
  }

  #changed(): void {
    const digits = digitsOf(this.field.value);
    this.field.value = digits;
    this.field.removeAttribute('aria-invalid');
    this.#paint();
    if (digits.length === CODE_LENGTH) this.#complete(digits);
  }

  #paint(): void {
    const digits = this.field.value;
    const focused = document.activeElement === this.field;
    for (const [index, box] of this.#boxes.entries()) {
      box.textContent = digits[index] ?? '';
      const next = index === Math.min(digits.length, CODE_LENGTH - 1);
      box.classList.toggle('next', focused && next);
    }
  }
}

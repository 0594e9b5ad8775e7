/** Hides what does not have the words that somebody looks for. Knows neither the page nor how a route looks. */

import { h } from '../dom.ts';
import { t } from '../texts.ts';
import type { Route } from './document.ts';

export class Search {
  readonly field: HTMLElement;
  readonly #input = h('input', { type: 'search', id: 'search', autocomplete: 'off' });
  readonly #found = h('p', { class: 'found', role: 'status' });
  readonly #texts = new Map<Route, string>();
  readonly #shown: [Route, HTMLElement][] = [];
  readonly #groups: HTMLElement[] = [];

  constructor() {
    const label = h('label', { for: 'search' }, t('docs.search'));
    this.field = h('div', { class: 'search' }, label, this.#input, this.#found);
  }

  /** Takes an element that stands for a route, and gives it back. */
  finds(route: Route, element: HTMLElement): HTMLElement {
    const before = this.#texts.get(route) ?? `${route.method} ${route.path}`;
    this.#texts.set(route, `${before} ${element.textContent}`.toLowerCase());
    this.#shown.push([route, element]);
    return element;
  }

  /** Takes elements that are nothing without a route in them. */
  groups(...elements: HTMLElement[]): void {
    this.#groups.push(...elements);
  }

  start(): void {
    this.#input.addEventListener('input', () => this.#look());
    this.#input.addEventListener('keydown', event => {
      if (event.key === 'Escape') this.clear();
    });
    this.#look();
  }

  clear(): void {
    this.#input.value = '';
    this.#look();
  }

  #look(): void {
    const words = this.#input.value.toLowerCase().split(/\s+/);
    const found = new Set(
      [...this.#texts]
        .filter(([, text]) => words.every(word => text.includes(word)))
        .map(([r]) => r),
    );
    for (const [route, element] of this.#shown) element.hidden = !found.has(route);
    for (const group of this.#groups) {
      const members = this.#shown.filter(([, element]) => group.contains(element));
      group.hidden = members.every(([, element]) => element.hidden);
    }
    const looking = words.some(word => word !== '');
    const counted = { found: found.size, all: this.#texts.size };
    this.#found.textContent = looking ? t('docs.found', counted) : '';
  }
}

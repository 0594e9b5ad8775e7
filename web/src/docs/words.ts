/** Small parts of the page: text with code in it, anchors, rows. */

import { type Child, h } from '../dom.ts';
import { t } from '../texts.ts';

/** A text in which `backticks` mark code. */
export function prose(text: string): Child[] {
  return text.split('`').map((part, index) => (index % 2 === 1 ? h('code', {}, part) : part));
}

/** A heading with a link to itself. `what` names it for who can't see it. */
export function anchored<K extends 'h2' | 'h3'>(
  tag: K,
  id: string,
  what: string,
  ...parts: Child[]
) {
  const link = h(
    'a',
    { class: 'anchor', href: `#${id}`, 'aria-label': t('docs.link', { what }) },
    '#',
  );
  return h('div', { class: 'anchored' }, h(tag, {}, ...parts), link);
}

/** A list of names with what there is to say of each. */
export function rows(all: [name: Child, about: Child][]): HTMLElement | undefined {
  if (all.length === 0) return undefined;
  return h(
    'dl',
    { class: 'rows' },
    all.map(([name, about]) => h('div', {}, h('dt', {}, name), h('dd', {}, about))),
  );
}

/** Children with something between each two. */
export function between(children: Child[], separator: () => Child): Child[] {
  return children.flatMap((child, index) => (index === 0 ? [child] : [separator(), child]));
}

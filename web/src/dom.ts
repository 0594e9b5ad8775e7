/** Makes elements. Text is always text here: nothing in these pages is ever parsed as HTML. */

export type Child = Node | string | undefined | false | Child[];

export interface Props {
  class?: string;
  on?: Partial<Record<string, (event: Event) => void>>;
  [attribute: string]: unknown;
}

/** Makes an HTML element with attributes, listeners and children. `undefined` and `false` are left out. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  return fill(document.createElement(tag), props, children);
}

/** Makes an SVG element. */
export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: Child[]
): SVGElementTagNameMap[K] {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), props, children);
}

/** A name that others chose: its writing direction must not reach its surroundings. */
export function isolated(text: string, tag: 'bdi' | 'strong' = 'bdi'): HTMLElement {
  const name = h('bdi', {}, text);
  return tag === 'bdi' ? name : h(tag, {}, name);
}

function fill<E extends Element>(element: E, props: Props, children: Child[]): E {
  for (const [name, value] of Object.entries(props)) {
    if (name === 'on') listen(element, value as NonNullable<Props['on']>);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== undefined && value !== false) element.setAttribute(name, String(value));
  }
  element.append(...flatten(children));
  return element;
}

function listen(element: Element, listeners: NonNullable<Props['on']>): void {
  for (const [type, listener] of Object.entries(listeners)) {
    if (listener) element.addEventListener(type, listener);
  }
}

function flatten(children: Child[]): (Node | string)[] {
  return children.flatMap(child => {
    if (Array.isArray(child)) return flatten(child);
    return child === undefined || child === false ? [] : [child];
  });
}

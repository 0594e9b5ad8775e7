/** Draws what a value looks like. */

import { type Child, h } from '../dom.ts';
import { t } from '../texts.ts';
import { nameOf, type Schema } from './document.ts';
import { between, prose, rows } from './words.ts';

/** The anchor of a shape by its name. */
export const shapeId = (name: string) => `shape-${name}`;

/** The members of an object, else the kind of value; then its example. */
export function drawn(schema: Schema): Child[] {
  if (schema.$ref || !schema.properties) return [h('p', {}, kind(schema))];
  const members = Object.entries(schema.properties).map(([name, member]): [Child, Child] => {
    const optional = !schema.required?.includes(name);
    const label = [h('code', {}, name), optional && h('small', {}, ` ${t('docs.optional')}`)];
    return [label, about(member)];
  });
  const example = schema.examples?.[0];
  return [
    schema.description && h('p', {}, prose(schema.description)),
    rows(members),
    example !== undefined && [
      h('h4', {}, t('docs.example')),
      h('pre', { tabindex: 0, 'aria-label': t('docs.example') }, JSON.stringify(example, null, 2)),
    ],
  ];
}

/** What there is to say of a value in one place: its kind, its meaning, and its members if it has some. */
export function about(schema: Schema): Child[] {
  const meaning = schema.description ? [' ', ...prose(schema.description)] : [];
  const inner = schema.properties ? schema : schema.items?.properties ? schema.items : undefined;
  return [
    h('span', { class: 'kind' }, kind(schema)),
    inner === schema && schema.description ? h('p', {}, prose(schema.description)) : meaning,
    inner && drawn({ ...inner, description: '' }),
  ];
}

/** The kind of a value, in a few words or as a link to its shape. */
function kind(schema: Schema): Child[] {
  if (schema.$ref) {
    const name = nameOf(schema.$ref);
    return [h('a', { href: `#${shapeId(name)}` }, name)];
  }
  if (schema.items) {
    const [before = '', after = ''] = t('docs.list').split('{what}');
    return [before, ...kind(schema.items), after];
  }
  if (schema.const !== undefined) return [h('code', {}, String(schema.const))];
  if (schema.enum) {
    return between(
      schema.enum.map(word => h('code', {}, String(word))),
      () => ' · ',
    );
  }
  if (schema.oneOf && !schema.properties) {
    const either = schema.oneOf.map(one => kind(one));
    return [`${t('docs.either')} `, ...between(either, () => ` ${t('docs.or')} `)];
  }
  const types = [schema.type ?? 'object'].flat().join(` ${t('docs.or')} `);
  return [types, bounds(schema)];
}

function bounds({ minimum = 0, maximum }: Schema): string {
  return maximum === undefined ? '' : ` ${minimum}–${maximum}`;
}

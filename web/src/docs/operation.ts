/** Draws one operation. */

import { type Child, h } from '../dom.ts';
import { t } from '../texts.ts';
import {
  type Answer,
  answersOf,
  type Content,
  codesOf,
  type Description,
  nameOf,
  type Route,
} from './document.ts';
import { about, drawn, shapeId } from './schema.ts';
import { anchored, between, prose, rows } from './words.ts';

/** The anchor of a code by its word. */
export const codeId = (code: string) => `code-${code}`;
/** The anchor of a way to show who asks. */
export const schemeId = (scheme: string) => `who-${scheme}`;

export function operationView(description: Description, route: Route): HTMLElement {
  const { operation, method, path } = route;
  const { parameters = [] } = operation;
  const given = parameters.map(({ name, in: place, required, schema }): [Child, Child] => {
    const optional = !required && ` · ${t('docs.optional')}`;
    return [[h('code', {}, name), h('small', {}, ` ${place}`, optional)], about(schema)];
  });
  return h(
    'section',
    { class: 'panel operation', id: operation.operationId },
    anchored(
      'h3',
      operation.operationId,
      `${method} ${path}`,
      methodMark(method),
      ' ',
      broken(path),
    ),
    h('p', { class: 'summary' }, operation.summary),
    operation.description && h('p', {}, prose(operation.description)),
    part(t('docs.by'), h('p', {}, who(operation.security))),
    given.length > 0 && part(t('docs.parameters'), rows(given)),
    operation.requestBody && part(t('docs.body'), contents(description, operation.requestBody)),
    part(
      t('docs.answers'),
      answersOf(operation).map(answer => answerView(description, answer)),
    ),
    refusals(description, route),
  );
}

export function methodMark(method: string): HTMLElement {
  return h('span', { class: `method ${method.toLowerCase()}` }, method);
}

/** A path that may break at its slashes. */
export function broken(path: string): HTMLElement {
  const parts = path.split(/(?=\/)/);
  return h(
    'code',
    { class: 'path' },
    between(parts, () => h('wbr')),
  );
}

function part(title: string, ...content: Child[]): Child[] {
  return [h('h4', {}, title), ...content];
}

/** Each way is a set that belongs together; one is enough. */
function who(ways: Record<string, unknown>[]): Child[] {
  if (ways.length === 0) return [t('docs.anybody')];
  const named = ways.map(way => {
    const schemes = Object.keys(way).map(name => h('a', { href: `#${schemeId(name)}` }, name));
    if (schemes.length === 0) return t('docs.nothing');
    return between(schemes, () => ` ${t('docs.and')} `);
  });
  return between(named, () => `, ${t('docs.or')} `);
}

/** Bodies by their type: the members of a shape, not just its name. */
function contents(description: Description, { content = {} }: Content): Child[] {
  return Object.entries(content).map(([type, { schema }]) => {
    const name = schema.$ref && nameOf(schema.$ref);
    const shape = name && description.components.schemas[name];
    const link = name && h('a', { href: `#${shapeId(name)}` }, name);
    const line = h('p', { class: 'type' }, h('code', {}, type), link && [' · ', link]);
    return [line, drawn(shape || schema)];
  });
}

function answerView(description: Description, [status, answer]: [string, Answer]): HTMLElement {
  const headers = Object.entries(answer.headers ?? {}).map(([name, header]): [Child, Child] => [
    [h('small', {}, `${t('docs.header')} `), h('code', {}, name)],
    prose(header.description),
  ]);
  return h(
    'div',
    { class: 'answer' },
    h('p', {}, h('strong', {}, status), ' ', prose(answer.description)),
    rows(headers),
    contents(description, answer),
  );
}

function refusals(description: Description, { operation }: Route): Child {
  const { own, common } = codesOf(description, operation);
  const links = (codes: string[]) =>
    between(
      codes.map(code => h('a', { href: `#${codeId(code)}` }, h('code', {}, code))),
      () => ' ',
    );
  if (own.length + common.length === 0) return undefined;
  return part(
    t('docs.refusals'),
    own.length > 0 && h('p', { class: 'codes' }, links(own)),
    common.length > 0 && h('p', { class: 'codes common' }, t('docs.always'), ' ', links(common)),
  );
}

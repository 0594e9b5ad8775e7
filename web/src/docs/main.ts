/** The page of the HTTP interface: reads `/openapi.json` and shows it, with a search and an anchor for everything. */

import { h } from '../dom.ts';
import { rich, t } from '../texts.ts';
import { type Description, type Route, routesOf } from './document.ts';
import { broken, codeId, methodMark, operationView, schemeId } from './operation.ts';
import { drawn, shapeId } from './schema.ts';
import { Search } from './search.ts';
import { anchored, prose, rows } from './words.ts';

const FILE = '/openapi.json';
/** From here on the contents stand beside the text, open; the style sheet knows the same number. */
const WIDE = '(min-width: 64rem)';

const root = document.getElementById('docs');
if (root) await start(root);

async function start(root: HTMLElement): Promise<void> {
  try {
    const answer = await fetch(FILE, { credentials: 'omit' });
    if (!answer.ok) throw new Error(String(answer.status));
    show(root, await answer.json());
  } catch {
    const title = h('h1', {}, t('docs.title'));
    root.replaceChildren(h('main', {}, title, h('p', { role: 'alert' }, t('docs.failed'))));
  }
}

function show(root: HTMLElement, description: Description): void {
  const search = new Search();
  const groups = description.tags.map(tag => {
    const routes = routesOf(description, tag.name);
    const id = `part-${tag.name.replaceAll(' ', '-')}`;
    const shown = h(
      'section',
      { id, class: 'group' },
      anchored('h2', id, tag.name, tag.name),
      h('p', {}, prose(tag.description)),
      routes.map(route => search.finds(route, operationView(description, route))),
    );
    const listed = h(
      'li',
      {},
      h('a', { href: `#${id}` }, tag.name),
      h(
        'ul',
        {},
        routes.map(route => search.finds(route, entry(route))),
      ),
    );
    search.groups(shown, listed);
    return { shown, listed };
  });
  const file = h('a', { href: FILE }, 'openapi.json');
  const contents = h(
    'details',
    { class: 'contents', open: matchMedia(WIDE).matches },
    h('summary', {}, t('docs.contents')),
    h(
      'ul',
      {},
      groups.map(group => group.listed),
      appendixEntries(),
    ),
  );
  const nav = h('nav', { 'aria-label': t('docs.contents') }, search.field, contents);
  const main = h(
    'main',
    {},
    h('h1', {}, t('docs.title'), ' ', h('small', {}, description.info.version)),
    h('p', {}, prose(description.info.description)),
    h('p', {}, rich('docs.machines', { file })),
    groups.map(group => group.shown),
    appendix(description),
  );
  root.replaceChildren(nav, main);
  search.start();
  // What the address names was not there yet when the browser looked for it.
  const follow = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target?.closest('[hidden]')) search.clear();
    target?.scrollIntoView();
  };
  window.addEventListener('hashchange', follow);
  follow();
}

function entry({ operation, method, path }: Route): HTMLElement {
  const link = h('a', { href: `#${operation.operationId}` }, methodMark(method), ' ', broken(path));
  return h('li', {}, link);
}

function appendixEntries(): HTMLElement[] {
  const parts: [string, string][] = [
    ['schemes', t('docs.schemes')],
    ['codes', t('docs.codes')],
    ['shapes', t('docs.shapes')],
  ];
  return parts.map(([id, title]) => h('li', {}, h('a', { href: `#${id}` }, title)));
}

/** What the routes speak of: ways to show who asks, codes, shapes. */
function appendix({ components }: Description): HTMLElement[] {
  const schemes = Object.entries(components.securitySchemes).map(
    ([name, scheme]): [HTMLElement, HTMLElement] => [
      h('code', { id: schemeId(name) }, name),
      h('div', {}, scheme.name && [h('code', {}, scheme.name), ' · '], prose(scheme.description)),
    ],
  );
  const words = components.schemas.Problem?.properties?.code?.oneOf ?? [];
  const codes = words.map(({ const: code, description = '' }): [HTMLElement, string] => [
    h('code', { id: codeId(String(code)) }, String(code)),
    description,
  ]);
  const shapes = Object.entries(components.schemas).map(([name, schema]) =>
    h(
      'section',
      { class: 'panel shape', id: shapeId(name) },
      anchored('h3', shapeId(name), name, name),
      drawn(schema),
    ),
  );
  const section = (id: string, title: string, ...content: (HTMLElement | undefined)[]) =>
    h('section', { id, class: 'group' }, anchored('h2', id, title, title), content);
  return [
    section('schemes', t('docs.schemes'), rows(schemes)),
    section('codes', t('docs.codes'), rows(codes)),
    section('shapes', t('docs.shapes'), ...shapes),
  ];
}

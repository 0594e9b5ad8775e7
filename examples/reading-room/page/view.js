/** What is on the screen: one section of index.html at a time. Knows no sign-in. */

/** @param {string} id */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return element;
}

/**
 * Shows one state and says its heading to who can't see it.
 * @param {string} id
 */
export function show(id) {
  const section = byId(id);
  if (!section.hidden) return;
  const hadFocus = document.activeElement?.closest('section');
  for (const other of document.querySelectorAll('section')) other.hidden = other !== section;
  const heading = section.querySelector('h1');
  byId('said').textContent = heading?.textContent ?? '';
  document.title = `${heading?.textContent} · The Reading Room`;
  const field = section.querySelector('input');
  // The focus is moved where there is something to type, and where it would be lost.
  if (field) field.focus();
  else if (hadFocus && heading) {
    heading.tabIndex = -1;
    heading.focus();
  }
}

/** @param {'network' | 'busy' | 'slow_down' | undefined} trouble */
export function notice(trouble) {
  const words = {
    network: 'No connection.',
    busy: 'The server is busy.',
    slow_down: 'Too many requests.',
  };
  byId('trouble').textContent = trouble ? `${words[trouble]} Trying again …` : '';
}

/**
 * @param {string} reader
 * @param {{ title: string, text: string }[]} articles
 */
export function showArticles(reader, articles) {
  byId('reader').textContent = reader;
  byId('articles').replaceChildren(
    ...articles.map(({ title, text }) => {
      const [article, heading, body] = ['article', 'h2', 'p'].map(tag =>
        document.createElement(tag),
      );
      heading?.append(title);
      body?.append(text);
      article?.append(...[heading, body].filter(part => part !== undefined));
      return article ?? '';
    }),
  );
}

/** @param {unknown} error */
export function failed(error) {
  byId('why').textContent = error instanceof Error ? error.message : String(error);
  show('failed');
}

/** Puts the fixed parts of a page in place, as the server would serve them. */
export function blankPage(): void {
  const main = document.createElement('main');
  main.id = 'stage';
  const live = document.createElement('p');
  live.id = 'live';
  const foot = document.createElement('footer');
  foot.id = 'foot';
  document.body.replaceChildren(main, live, foot);
}

/** The first element that this button text or selector names. */
export function find<E extends HTMLElement>(root: ParentNode, what: string): E {
  const named = [...root.querySelectorAll<HTMLElement>('button')].find(
    element => element.textContent === what,
  );
  const found = named ?? root.querySelector<HTMLElement>(what);
  if (!found) throw new Error(`nothing is called ${what}`);
  return found as E;
}

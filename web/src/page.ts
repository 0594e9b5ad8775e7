/** What both pages find when they open: where they are, and whether this browser can do it. */

import { type Connection, connect, type DeviceStorage, openStorage } from '@countersign/browser';
import { h, isolated } from './dom.ts';
import { panel, Stage } from './stage.ts';
import { rich, type TextKey, t } from './texts.ts';

/** A page that is ready to work. */
export interface Page {
  stage: Stage;
  connection: Connection;
  storage: DeviceStorage;
  /** The host that people should look for in the address bar. */
  host: string;
}

export interface PageOptions {
  /** Whether the page's session is in a cookie. */
  cookies?: boolean;
}

/** Reads what the server wrote into the page's head. */
export function meta(name: string): string {
  const element = document.querySelector<HTMLMetaElement>(`meta[name="countersign-${name}"]`);
  return element?.content ?? '';
}

/**
 * Makes the page ready, or says what is missing and gives `undefined`.
 * Nothing weaker is offered instead.
 */
export async function openPage(options: PageOptions = {}): Promise<Page | undefined> {
  const stage = new Stage();
  const issuer = meta('issuer');
  const { host, origin } = new URL(issuer);
  if (window.top !== window.self) return say(stage, 'framed.title', t('framed.text'));
  if (!window.isSecureContext) return say(stage, 'insecure.title', t('insecure.text'));
  if (location.origin !== origin) return misplaced(stage, origin);
  footer(host);
  const { cookies = false } = options;
  if (cookies && !navigator.cookieEnabled) return say(stage, 'storage.title', t('storage.text'));
  try {
    const storage = await openStorage();
    const connection = connect({ issuer, key: await storage.deviceKey(), cookies });
    return { stage, connection, storage, host };
  } catch {
    return say(stage, 'storage.title', t('storage.text'));
  }
}

function say(stage: Stage, title: TextKey, ...content: (Node | string)[]): undefined {
  stage.show(panel({ icon: 'warning', tone: 'warn' }, h('h1', {}, t(title)), h('p', {}, content)));
}

function misplaced(stage: Stage, origin: string): undefined {
  const link = h(
    'a',
    { class: 'button primary', href: origin + location.pathname },
    t('misplaced.action'),
  );
  const text = rich('misplaced.text', { origin: isolated(origin, 'strong') });
  stage.show(
    panel(
      { icon: 'warning', tone: 'warn' },
      h('h1', {}, t('misplaced.title')),
      h('p', {}, text),
      h('div', { class: 'actions' }, link),
    ),
  );
}

function footer(host: string): void {
  const line = h('p', {}, rich('foot.host', { host: isolated(host) }));
  document.getElementById('foot')?.replaceChildren(line);
}

/** What the phone page shows outside sign-in and decision: the invitation, home, a phone that waits, outcomes. */

import { h, isolated } from '../dom.ts';
import type { IconName } from '../icons.ts';
import { button, panel } from '../stage.ts';
import { rich, type TextKey, t } from '../texts.ts';
import { duration, moment } from '../time.ts';

/** Opened by a link: says what this is, and waits. */
export function linkView(
  crossSite: boolean,
  look: () => unknown,
  leave: () => unknown,
): HTMLElement {
  return panel(
    { icon: 'computer' },
    h('h1', {}, t('link.title')),
    h('p', {}, t('link.text')),
    crossSite && h('p', { class: 'callout warn' }, t('link.crossSite')),
    h(
      'div',
      { class: 'actions' },
      button(t('link.look'), look),
      button(t('link.leave'), leave, 'quiet'),
    ),
  );
}

/** Since when a phone waits, and until when. */
export interface Wait {
  since: number;
  until: number;
  /** It came back by a recovery code: nothing makes that quicker. */
  recovery?: boolean;
}

export interface HomeOptions {
  name: string;
  /** For a phone that has to wait before it may approve. */
  wait: Wait | undefined;
  /** Where other phones show that they wait. */
  waitingPhones: HTMLElement;
  /** What signed in just now, and what did before. */
  recent: { news: HTMLElement; root: HTMLElement };
  scan: () => unknown;
  signOut: () => unknown;
}

/** Signed in, with nothing to decide. */
export function homeView(options: HomeOptions): HTMLElement {
  const { name, wait, waitingPhones, recent } = options;
  return panel(
    { icon: wait ? 'clock' : 'phone' },
    h('h1', {}, rich('home.title', { name: isolated(name) })),
    wait ? waitText(wait) : h('p', {}, t('home.text')),
    !wait && recent.news,
    waitingPhones,
    h(
      'div',
      { class: 'actions' },
      !wait && button(t('home.scan'), options.scan),
      h('a', { class: 'button secondary', href: '/account' }, t('home.account')),
      button(t('action.signOut'), options.signOut, 'quiet'),
    ),
    !wait && recent.root,
  );
}

/** A request that only a passkey of this account can allow, and there is none. */
export function passkeyNeededView(home: () => unknown): HTMLElement {
  return panel(
    { icon: 'passkey', tone: 'warn' },
    h('h1', {}, t('passkeyNeeded.title')),
    h('p', {}, t('passkeyNeeded.text')),
    h('p', {}, t('passkeyNeeded.then')),
    h(
      'div',
      { class: 'actions' },
      h('a', { class: 'button primary', href: '/account#passkeys' }, t('passkeyNeeded.add')),
      button(t('outcome.home'), home, 'secondary'),
    ),
  );
}

/** Why a phone waits, how long, and what makes it quicker. */
export function waitText({ since, until, recovery }: Wait): HTMLElement {
  const times = { since: moment(since), until: moment(until) };
  return h(
    'div',
    { class: 'callout warn stacked' },
    h('strong', {}, t('wait.title')),
    h('p', {}, t(recovery ? 'wait.recoveryText' : 'wait.text', times)),
    recovery
      ? h('p', {}, h('a', { href: '/recover' }, t('wait.recovery')))
      : h('p', {}, t('wait.sooner')),
  );
}

/** A request met a phone that has to wait. */
export function phoneWaitsView(
  approvesIn: number | undefined,
  again: () => unknown,
  home: () => unknown,
): HTMLElement {
  const time = approvesIn === undefined ? undefined : duration(approvesIn);
  return panel(
    { icon: 'clock', tone: 'warn' },
    h('h1', {}, t('wait.title')),
    h('p', {}, time ? t('wait.in', { time }) : t('wait.unknown')),
    h('p', {}, t('wait.sooner')),
    h('p', {}, t('wait.request')),
    h(
      'div',
      { class: 'actions' },
      button(t('action.retry'), again),
      button(t('outcome.home'), home, 'secondary'),
    ),
  );
}

/** How it ended. */
export function outcomeView(
  look: { icon: IconName; tone?: string },
  title: TextKey,
  content: (Node | string)[],
  actions: HTMLElement[],
): HTMLElement {
  return panel(
    look,
    h('h1', {}, t(title)),
    h('p', {}, content),
    h('div', { class: 'actions' }, actions),
  );
}

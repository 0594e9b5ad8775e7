/** What the account's page says where the account can't be changed: why, and how it can. */

import type { Me } from '@countersign/browser';
import { h, isolated } from '../dom.ts';
import { waitText } from '../phone/views.ts';
import { button, panel } from '../stage.ts';
import { rich, type TextKey, t } from '../texts.ts';
import { moment } from '../time.ts';

/** Signed in as a computer. `address` is this page's, to be opened on a phone. */
export function desktopView(me: Me, address: string, signOut: () => unknown): HTMLElement {
  const why = me.grant.how === 'scan' ? 'desktop.whyScan' : 'desktop.whyPassword';
  return panel(
    { icon: 'computer' },
    h('h1', {}, rich('desktop.title', { name: isolated(me.account.name ?? '') })),
    facts(me),
    h(
      'div',
      { class: 'callout stacked' },
      h('strong', {}, t('desktop.mayNot')),
      h('p', {}, t(why)),
      h('p', {}, rich('desktop.way', { address: isolated(address, 'strong') })),
    ),
    h('div', { class: 'actions' }, button(t('action.signOut'), signOut, 'secondary')),
    wayBack('/', 'account.signInPage'),
  );
}

/** A phone that may not approve yet may not change the account either. */
export function waitingView(me: Me, signOut: () => unknown): HTMLElement {
  const { signed_in_at, approves_at, expires_at } = me.grant;
  return panel(
    { icon: 'clock' },
    h('h1', {}, rich('desktop.title', { name: isolated(me.account.name ?? '') })),
    waitText({ since: signed_in_at, until: approves_at ?? expires_at }),
    h('p', {}, t('wait.account')),
    h('div', { class: 'actions' }, button(t('action.signOut'), signOut, 'secondary')),
    wayBack('/q', 'account.scanner'),
  );
}

/** Nobody is signed in here. */
export function signedOutView(title: TextKey, text: TextKey): HTMLElement {
  return panel(
    { icon: 'person' },
    h('h1', {}, t(title)),
    h('p', {}, t(text)),
    h(
      'div',
      { class: 'actions' },
      h('a', { class: 'button primary', href: '/q' }, t('noOne.phone')),
      h('a', { class: 'button secondary', href: '/' }, t('noOne.computer')),
    ),
  );
}

/** The account was locked from here. */
export function lockedView(): HTMLElement {
  return panel(
    { icon: 'stop', tone: 'bad' },
    h('h1', {}, t('locked.title')),
    h('p', {}, t('locked.text')),
  );
}

/** Where one came from: a page that is installed has no button of the browser's for it. */
export function wayBack(href: string, text: TextKey): HTMLElement {
  return h('p', { class: 'way-back' }, h('a', { href }, t(text)));
}

function facts({ account, device, grant }: Me): HTMLElement {
  const how = grant.how === 'scan' ? 'signedIn.howScan' : 'signedIn.howPassword';
  const rows: [TextKey, Node | string][] = [
    ['signedIn.account', isolated(account.login ?? account.name ?? '')],
    ['signedIn.device', isolated(device.name)],
    ['signedIn.how', t(how)],
    ['signedIn.since', moment(grant.signed_in_at)],
    ['signedIn.until', moment(grant.expires_at)],
  ];
  return h(
    'dl',
    { class: 'facts' },
    rows.map(([term, value]) => h('div', {}, h('dt', {}, t(term)), h('dd', {}, value))),
  );
}

/** What the account's page says where the account can't be changed: why, and how it can. */

import type { Me } from '@countersign/browser';
import { h, isolated } from '../dom.ts';
import { passkeysWork } from '../passkeys.ts';
import { waitText } from '../phone/views.ts';
import { button, panel } from '../stage.ts';
import { rich, type TextKey, t } from '../texts.ts';
import { moment } from '../time.ts';
import { howWord } from './words.ts';

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
    passkeyHere(me),
    h('div', { class: 'actions' }, button(t('action.signOut'), signOut, 'secondary')),
    wayBack('/', 'account.signInPage'),
  );
}

/** A passkey for this computer is the one thing that can be had here: a phone allows it. */
function passkeyHere({ grant }: Me): HTMLElement | undefined {
  if (!passkeysWork() || (grant.how !== 'scan' && grant.how !== 'password')) return undefined;
  return h(
    'div',
    { class: 'callout stacked' },
    h('strong', {}, t('desktop.passkey')),
    h('p', {}, t('desktop.passkeyWhy')),
    h('p', {}, h('a', { href: '/' }, t('desktop.passkeyWay'))),
  );
}

/** A phone that may not approve yet may not change the account either. */
export function waitingView(me: Me, signOut: () => unknown): HTMLElement {
  const { how, signed_in_at, approves_at, expires_at } = me.grant;
  const recovery = how === 'recovery';
  return panel(
    { icon: 'clock' },
    h('h1', {}, rich('desktop.title', { name: isolated(me.account.name ?? '') })),
    waitText({ since: signed_in_at, until: approves_at ?? expires_at, recovery }),
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
      h('a', { class: 'button quiet', href: '/recover' }, t('noOne.lost')),
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
  const rows: [TextKey, Node | string][] = [
    ['signedIn.account', isolated(account.login ?? account.name ?? '')],
    ['signedIn.device', isolated(device.name)],
    ['signedIn.how', howWord(grant.how)],
    ['signedIn.since', moment(grant.signed_in_at)],
    ['signedIn.until', moment(grant.expires_at)],
  ];
  return h(
    'dl',
    { class: 'facts' },
    rows.map(([term, value]) => h('div', {}, h('dt', {}, t(term)), h('dd', {}, value))),
  );
}

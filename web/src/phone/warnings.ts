/** What a person should not overlook before deciding: each in a sentence of its own. */

import type { ScanContext } from '@countersign/browser';
import { type Child, h } from '../dom.ts';
import { icon } from '../icons.ts';
import { placeWords } from '../place.ts';
import { rich, t } from '../texts.ts';

/** What may become so while the screen is shown. */
export interface Alerts {
  /** Other accounts that scanned the same code. */
  strangers: number;
  /** The computer's network changed since it showed the code. */
  moved: boolean;
}

/** What is so from the start. */
export function warnings(context: ScanContext): HTMLElement[] {
  const { flags = [] } = context;
  const unknown = flags.some(flag => flag !== 'many_accounts' && flag !== 'desktop_moved');
  const found: (Child[] | string | false)[] = [
    context.act === 'add_passkey' && t('approval.act.add_passkey'),
    context.network === 'far' && far(context),
    flags.includes('many_accounts') && t('approval.manyAccounts'),
    unknown && t('approval.unusual'),
    context.opened_by === 'cross-site-link' && t('link.crossSite'),
  ];
  return found.filter(text => text !== false).map(text => callout(text));
}

/** What is so by now. */
export function alerts({ strangers, moved }: Alerts): HTMLElement[] {
  const found: HTMLElement[] = [];
  if (strangers > 0) {
    const key = strangers === 1 ? 'approval.strangersOne' : 'approval.strangersMany';
    found.push(callout(t(key, { count: strangers })));
  }
  if (moved) found.push(callout(t('approval.moved')));
  return found;
}

/** The alerts of a request as it was answered. */
export function alertsOf({ strangers, flags }: ScanContext): Alerts {
  return { strangers, moved: flags?.includes('desktop_moved') ?? false };
}

/** What differs from what was shown before. */
export function changedCallout(changes: string[]): HTMLElement {
  const list = changes.map(change => h('li', {}, change));
  return callout([
    h('span', {}, t('approval.changed')),
    list.length > 0 && h('ul', { class: 'changes' }, list),
  ]);
}

/** A warning with its sign. */
export function callout(content: Child): HTMLElement {
  return h('div', { class: 'callout warn' }, icon('warning'), h('div', {}, content));
}

function far({ place }: ScanContext): Child[] {
  if (!place) return [t('approval.far')];
  return rich('approval.farPlace', { place: h('span', {}, placeWords(place)) });
}

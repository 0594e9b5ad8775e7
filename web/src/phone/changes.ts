/** What became different between two looks at the same request, in words. */

import type { ScanAnswer, ScanContext } from '@countersign/browser';
import { t } from '../texts.ts';
import { duration } from '../time.ts';

/** One sentence for each thing that differs. Empty when a person could see no difference. */
export function changes(before: ScanAnswer, after: ScanAnswer): string[] {
  const [was, is] = [before.context, after.context];
  const lasts = after.durations.default_seconds;
  const found: (string | false)[] = [
    (was.client.name !== is.client.name || was.client.host !== is.client.host) &&
      t('changed.client'),
    was.network !== is.network &&
      t('changed.network', { now: t(`approval.network.${is.network}`) }),
    !samePlace(was, is) && t('changed.place'),
    newFlag(was, is, 'desktop_moved') && t('changed.moved'),
    newFlag(was, is, 'many_accounts') && t('changed.manyAccounts'),
    is.strangers > was.strangers && t('changed.strangers'),
    was.opened_by !== is.opened_by && t('changed.openedBy'),
    was.desktop !== 'new' && is.desktop === 'new' && t('changed.new'),
    was.client.verified && !is.client.verified && t('changed.unproved'),
    was.act !== is.act && t('changed.act'),
    !sameScopes(was, is) && t('changed.scopes'),
    before.durations.default_seconds !== lasts && t('changed.lasts', { time: duration(lasts) }),
    before.approval !== after.approval && t(`changed.level.${after.approval}`),
  ];
  return found.filter(text => text !== false);
}

function samePlace({ place: was }: ScanContext, { place: is }: ScanContext): boolean {
  return was?.country === is?.country && was?.region === is?.region;
}

function newFlag(was: ScanContext, is: ScanContext, flag: string): boolean {
  return Boolean(is.flags?.includes(flag)) && !was.flags?.includes(flag);
}

function sameScopes(was: ScanContext, is: ScanContext): boolean {
  const names = ({ scopes }: ScanContext) => scopes.map(scope => scope.name).join(' ');
  return names(was) === names(is);
}

/** Devices, sign-ins and happenings in words. */

import type { ActivityEntry, KnownDevice, KnownGrant } from '@countersign/browser';
import { type Child, h, isolated } from '../dom.ts';
import { rich, type TextKey, t, texts } from '../texts.ts';
import { duration, moment } from '../time.ts';

/** What kind of thing it is, and what it says that it runs. */
export function kindOf({ kind, platform }: KnownDevice): Child {
  const word = known(`kind.${kind}`) ?? 'kind.other';
  return platform ? [t(word), ' · ', isolated(platform)] : t(word);
}

/** When and how it was signed in, and who approved that. */
export function howSignedIn(grant: KnownGrant): Child {
  const time = h('span', {}, moment(grant.signed_in_at));
  if (grant.how === 'password') return rich('grant.byPassword', { time });
  const { approved_by_name } = grant;
  if (!approved_by_name) return rich('grant.byScan', { time });
  return rich('grant.approvedBy', { time, device: isolated(approved_by_name) });
}

/** Until when it lasts, and why so long. */
export function howLong(grant: KnownGrant): Child {
  const time = duration(grant.expires_at - grant.signed_in_at);
  const idle = duration(grant.idle_seconds);
  const why = grant.role === 'phone' ? 'phone' : grant.lasts;
  return [
    moment(grant.expires_at),
    ' ',
    h('small', {}, t(`grant.lasts.${why}`, { time }), ' ', t('grant.idle', { idle })),
  ];
}

/** What happened, in one sentence, and what it was about. */
export function happening(entry: ActivityEntry): { title: string; about: Child[] } {
  const title = t(known(`activity.kind.${entry.kind}`) ?? 'activity.other');
  const cause = entry.kind === 'signed_out' ? known(`activity.cause.${entry.detail}`) : undefined;
  const about: Child[] = [entry.device, entry.client].map(name => name && isolated(name));
  return { title, about: [...about, cause && t(cause)].filter(part => part !== undefined) };
}

/** The text of a word that the server may have made up since. */
function known(key: string): TextKey | undefined {
  return key in texts ? (key as TextKey) : undefined;
}

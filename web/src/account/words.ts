/** Devices, sign-ins and happenings in words. */

import type {
  ActivityEntry,
  EndedAnswer,
  How,
  KnownDevice,
  KnownGrant,
} from '@countersign/browser';
import { type Child, h, isolated } from '../dom.ts';
import { rich, type TextKey, t, texts } from '../texts.ts';
import { duration, moment } from '../time.ts';

/** What kind of thing it is, and what it says that it runs. */
export function kindOf({ kind, platform }: KnownDevice): Child {
  const word = known(`kind.${kind}`) ?? 'kind.other';
  return platform ? [t(word), ' · ', isolated(platform)] : t(word);
}

/** By what somebody signed in. */
export function howWord(how: How): string {
  return t(known(`how.${how}`) ?? 'how.other');
}

/** When and how it was signed in, and who approved that. */
export function howSignedIn(grant: KnownGrant): Child {
  const time = h('span', {}, moment(grant.signed_in_at));
  const how = h('span', {}, howWord(grant.how));
  const { approved_by_name } = grant;
  if (!approved_by_name) return rich('grant.signedIn', { time, how });
  return rich('grant.approvedBy', { time, how, device: isolated(approved_by_name) });
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

/** What an act ended; nothing when it ended nothing. */
export function ended({ ended: count, passkeys_removed: passkeys = 0 }: EndedAnswer): string {
  const parts = [
    count > 0 && t('ended.signIns', { count }),
    passkeys > 0 && t('ended.passkeys', { count: passkeys }),
  ];
  return parts.filter(part => part !== false).join(' ');
}

/** Kinds whose detail says more. */
const DETAILS: Record<string, string> = {
  signed_out: 'cause',
  alert: 'alert',
};

/** What happened, in one sentence, and what it was about. */
export function happening(entry: ActivityEntry): { title: string; about: Child[] } {
  const title = t(known(`activity.kind.${entry.kind}`) ?? 'activity.other');
  const detail = known(`activity.${DETAILS[entry.kind]}.${entry.detail}`);
  const about: Child[] = [entry.device, entry.client].map(name => name && isolated(name));
  return { title, about: [...about, detail && t(detail)].filter(part => part !== undefined) };
}

/** The text of a word that the server may have made up since. */
function known(key: string): TextKey | undefined {
  return key in texts ? (key as TextKey) : undefined;
}

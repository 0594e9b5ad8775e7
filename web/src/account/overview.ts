/** The account, for a phone that may approve: its devices, what signs in to it, the way back, what happened to it. */

import { hasCode, onWakeUp } from '@countersign/browser';
import { h, isolated } from '../dom.ts';
import { untilLater } from '../in-view.ts';
import { patiently } from '../patience.ts';
import { rich, t } from '../texts.ts';
import { ActivityPart } from './activity.ts';
import { lockPart, signOutPart } from './closing.ts';
import { Devices } from './devices.ts';
import { wayBack } from './limited.ts';
import type { Owner } from './owner.ts';
import { PasskeysPart } from './passkeys.ts';
import { passwordPart } from './password.ts';
import { RecoveryPart } from './recovery.ts';

/** Seconds between questions: a page that is out of view rests, and one that is answered at once asks calmly. */
const PAUSE = 2;

export interface OverviewOptions extends Omit<Owner, 'changed'> {
  signOut: () => unknown;
  locked: () => unknown;
}

/** Shows the page and keeps it true while it is in view. Throws `signed_out` when that is so. */
export async function runOverview(options: OverviewOptions): Promise<void> {
  const { stage, signal, me, over } = options;
  const load = async () => {
    const parts = [devices, passkeys, recovery, happenings];
    await Promise.all(parts.map(part => part.load()));
  };
  const learn = () => patiently(stage, signal, load);
  const changed = () =>
    learn().catch(error => {
      if (hasCode(error, 'signed_out')) over();
      else throw error;
    });
  const owner: Owner = { ...options, changed };
  const devices = new Devices(owner);
  const passkeys = new PasskeysPart(owner);
  const recovery = new RecoveryPart(owner);
  const happenings = new ActivityPart(owner);
  // Nothing is shown before there is something true to show.
  await learn();
  stage.show(
    h(
      'div',
      { class: 'account' },
      h(
        'header',
        { class: 'whose' },
        h('h1', {}, t('account.title')),
        h('p', {}, whoIs(me)),
        wayBack('/q', 'account.scanner'),
      ),
      devices.waiting.root,
      devices.root,
      passkeys.root,
      passwordPart(owner),
      recovery.root,
      happenings.root,
      signOutPart(options.signOut),
      lockPart(owner, options.locked),
    ),
  );
  toNamedPart();
  while (!signal.aborted) {
    await untilLater(PAUSE, signal);
    const news = () => somethingNew(happenings, signal);
    if (!signal.aborted && (await patiently(stage, signal, news))) await learn();
  }
}

/** True when something happened, or may have while nobody looked. */
async function somethingNew(happenings: ActivityPart, signal: AbortSignal): Promise<boolean> {
  const round = new AbortController();
  const awake = () => round.abort();
  signal.addEventListener('abort', awake, { signal: round.signal });
  onWakeUp({ awake }, round.signal);
  try {
    return await happenings.follow(round.signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!round.signal.aborted) throw error;
    return true;
  } finally {
    round.abort(); // nobody listens any more
  }
}

/** The parts came after the browser looked for the one that the address names. */
function toNamedPart(): void {
  const named = location.hash && document.getElementById(location.hash.slice(1));
  if (!named) return;
  named.scrollIntoView();
  named.querySelector<HTMLElement>('h2')?.focus({ preventScroll: true });
}

function whoIs({ account, device }: Owner['me']) {
  const name = isolated(account.name ?? '', 'strong');
  return rich('account.who', { name, device: isolated(device.name) });
}

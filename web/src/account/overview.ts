/** The account, for a phone that may approve: its devices, its password, what happened to it. */

import { hasCode } from '@countersign/browser';
import { h, isolated } from '../dom.ts';
import { untilLater } from '../in-view.ts';
import { patiently } from '../patience.ts';
import { rich, t } from '../texts.ts';
import { ActivityPart } from './activity.ts';
import { lockPart, signOutPart } from './closing.ts';
import { Devices } from './devices.ts';
import { wayBack } from './limited.ts';
import type { Owner } from './owner.ts';
import { passwordPart } from './password.ts';

/** Seconds between looks while the page is in view. */
const PAUSE = 20;

export interface OverviewOptions extends Omit<Owner, 'changed'> {
  signOut: () => unknown;
  locked: () => unknown;
}

/** Shows the page and keeps it true while it is in view. Throws `signed_out` when that is so. */
export async function runOverview(options: OverviewOptions): Promise<void> {
  const { stage, signal, me, over } = options;
  const load = async () => {
    await Promise.all([devices.load(), happenings.load()]);
  };
  const learn = () => patiently(stage, signal, load);
  const changed = () =>
    learn().catch(error => {
      if (hasCode(error, 'signed_out')) over();
      else throw error;
    });
  const owner: Owner = { ...options, changed };
  const devices = new Devices(owner);
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
      passwordPart(owner),
      happenings.root,
      signOutPart(options.signOut),
      lockPart(owner, options.locked),
    ),
  );
  while (!signal.aborted) {
    await untilLater(PAUSE, signal);
    if (!signal.aborted) await learn();
  }
}

function whoIs({ account, device }: Owner['me']) {
  const name = isolated(account.name ?? '', 'strong');
  return rich('account.who', { name, device: isolated(device.name) });
}

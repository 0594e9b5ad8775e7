/** How a request ended, and what can still be done about it. */

import { type Act, hasCode, type Session, signOutOthers, undo } from '@countersign/browser';
import { h, isolated } from '../dom.ts';
import { sentence } from '../failure.ts';
import type { IconName } from '../icons.ts';
import { sensitively } from '../sensitive.ts';
import { button, type Stage } from '../stage.ts';
import { rich, type TextKey, t } from '../texts.ts';
import { dropRequest } from './request.ts';
import { outcomeView } from './views.ts';

export interface OutcomeOptions {
  stage: Stage;
  session: Session;
  /** The application's name. */
  client: string;
  /** What the computer got, once it is signed in. */
  grant: string | undefined;
  /** What it may do beyond that. */
  act: Act | undefined;
  scanner: () => unknown;
  home: () => unknown;
}

export type Outcome = keyof typeof OUTCOMES;

/** Shows how it ended. */
export function showOutcome(how: Outcome, options: OutcomeOptions): void {
  const { stage, session, client, scanner, home } = options;
  const { look, title, text } = OUTCOMES[how];
  const message = h('p', { class: 'message bad', 'aria-live': 'assertive' });
  const names = {
    client: isolated(client),
    name: isolated(session.account?.name ?? ''),
  };
  const done = button(t('outcome.home'), home);
  const again = button(t('outcome.again'), scanner, 'secondary');
  // After these nothing is left to do.
  const over: Outcome[] = [
    'undone',
    'undonePasskey',
    'undoneBefore',
    'othersSignedOut',
    'noOthers',
  ];
  const more = moreToDo(how, options, message);
  const words = how === 'collected' && options.act ? 'done.addPasskey' : text;
  const view = outcomeView(look, title, rich(words, names), [
    message,
    done,
    ...(more ? [more] : []),
    ...(more || over.includes(how) ? [] : [again]),
  ]);
  stage.show(view);
}

/** The one act that an end still offers. */
function moreToDo(
  how: Outcome,
  options: OutcomeOptions,
  message: HTMLElement,
): HTMLElement | undefined {
  const { session, grant, home } = options;
  const tell = (error: unknown) => {
    // Home finds out whether the session is over.
    if (hasCode(error, 'signed_out')) return home();
    if (hasCode(error, 'not_found')) return undone('undoneBefore');
    message.textContent = sentence(error);
  };
  const undone = (now: Outcome) => {
    dropRequest();
    showOutcome(now, options);
  };
  if (how === 'collected' && grant) {
    const takeBack = async () => {
      const answer = await sensitively(session, () => undo(session, grant));
      if (!answer) return;
      const { ended, passkeys_removed = 0 } = answer.done;
      if (passkeys_removed > 0) undone('undonePasskey');
      else undone(ended > 0 ? 'undone' : 'undoneBefore');
    };
    return button(t('undo.action'), () => takeBack().catch(tell), 'secondary');
  }
  if (how === 'reported') {
    const signOut = async () => {
      const answer = await sensitively(session, () => signOutOthers(session, 'desktops'));
      if (answer) showOutcome(answer.done.ended > 0 ? 'othersSignedOut' : 'noOthers', options);
    };
    return button(t('report.signOut'), () => signOut().catch(tell), 'secondary');
  }
  return undefined;
}

const GOOD = { icon: 'check', tone: 'good' } as const;
const BAD = { icon: 'stop', tone: 'bad' } as const;

const OUTCOMES = {
  collected: { look: GOOD, title: 'done.title', text: 'done.text' },
  undone: { look: GOOD, title: 'undo.title', text: 'undo.text' },
  undonePasskey: { look: GOOD, title: 'undo.title', text: 'undo.passkey' },
  undoneBefore: { look: GOOD, title: 'undo.title', text: 'undo.before' },
  denied: { look: BAD, title: 'outcome.denied.title', text: 'outcome.denied.text' },
  stopped: { look: BAD, title: 'outcome.denied.title', text: 'outcome.stopped.text' },
  wrongPhrases: {
    look: BAD,
    title: 'outcome.denied.title',
    text: 'outcome.wrongPhrases.text',
  },
  reported: { look: BAD, title: 'outcome.reported.title', text: 'outcome.reported.text' },
  othersSignedOut: { look: GOOD, title: 'report.title', text: 'report.text' },
  noOthers: { look: GOOD, title: 'report.noneTitle', text: 'report.none' },
  cancelled: {
    look: { icon: 'cross' },
    title: 'outcome.cancelled.title',
    text: 'outcome.cancelled.text',
  },
  cancelledStrangers: {
    look: BAD,
    title: 'cancelled.title',
    text: 'outcome.cancelledStrangers.text',
  },
  expired: {
    look: { icon: 'clock' },
    title: 'outcome.expired.title',
    text: 'outcome.expired.text',
  },
} as const satisfies Record<
  string,
  { look: { icon: IconName; tone?: string }; title: TextKey; text: TextKey }
>;

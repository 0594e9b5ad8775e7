/** The approval screen: who asks, from where, for what and for how long. The heart of the matter. */

import { passkeysSupported, type ScanAnswer, type ScanContext } from '@countersign/browser';
import { type Child, h, isolated } from '../dom.ts';
import { icon } from '../icons.ts';
import { placeWords } from '../place.ts';
import { button } from '../stage.ts';
import { rich, type TextKey, t } from '../texts.ts';
import { ago, clock, countDown, type Deadline, day, duration } from '../time.ts';
import { phraseField } from './phrase.ts';
import { type Alerts, alerts, alertsOf, callout, changedCallout, warnings } from './warnings.ts';

/** RFC 10027 §6.1.13: a moment to read before the hand is quicker than the eye. */
const ARMING_MILLISECONDS = 2000;

export interface ApprovalOptions {
  answer: ScanAnswer;
  accountName: string;
  deadline: () => Deadline;
  /** What differs from an earlier look at this request; nothing at the first. */
  changes: string[] | undefined;
  proceed: (keep: boolean, phrase: string | undefined) => unknown;
  decline: (report: boolean) => unknown;
}

/** Draws the screen. `alert` and `tell` change what it says while it is shown. */
export function approvalView(options: ApprovalOptions) {
  const { answer, deadline } = options;
  const { context } = answer;
  const keep = h('input', { type: 'checkbox', role: 'switch', id: 'keep' });
  const lasts = h('dd', {});
  const showDuration = () => {
    const { default_seconds, keep_seconds } = answer.durations;
    lasts.textContent = duration(keep.checked ? keep_seconds : default_seconds);
  };
  keep.addEventListener('change', showDuration);
  showDuration();
  const news = h('div', { class: 'alerts', 'aria-live': 'assertive' });
  const message = h('p', { class: 'message bad', 'aria-live': 'assertive' });
  const decline = button(t('approval.decline'), () => options.decline(false), 'secondary');
  const phrase = context.phrase ? phraseField(() => ready()) : undefined;
  const go = () => options.proceed(keep.checked, phrase?.typed());
  const proceed = button(t('approval.continue'), go, 'secondary');
  const ready = arm(proceed, () => phrase?.filled() ?? true);
  const able = answer.approval !== 'passkey' || passkeysSupported();
  const report = button(t('approval.report'), () => options.decline(true), 'danger');
  const root = h(
    'section',
    { class: 'panel approval' },
    h('div', { class: 'who' }, h('h1', {}, title(context)), whereFrom(context)),
    options.changes && changedCallout(options.changes),
    news,
    warnings(context),
    facts(context, options.accountName, lasts, deadline),
    keepSwitch(keep, answer),
    warning(context),
    answer.approval === 'passkey' && passkeyNote(able),
    phrase?.root,
    message,
    h('div', { class: 'choice' }, decline, able && proceed),
    report,
    leftLine(deadline),
  );
  const alert = (now: Alerts) => news.replaceChildren(...alerts(now));
  alert(alertsOf(context));
  const tell = (text: string) => {
    message.textContent = text;
  };
  const phraseWasWrong = (text: string) => {
    tell(text);
    phrase?.complain();
  };
  return { root, decline, alert, tell, phraseWasWrong };
}

/** Wakes Continue after a moment, once what it takes is there. Gives what to call when that changes. */
function arm(proceed: HTMLButtonElement, complete: () => boolean): () => void {
  let read = false;
  const ready = () => {
    proceed.disabled = !read || !complete();
    proceed.classList.toggle('primary', !proceed.disabled);
    proceed.classList.toggle('secondary', proceed.disabled);
  };
  ready();
  setTimeout(() => {
    read = true;
    ready();
  }, ARMING_MILLISECONDS);
  return ready;
}

function title({ client, act }: ScanContext): Child {
  if (act === 'add_passkey') return t('approval.addPasskey');
  return rich('approval.title', { client: isolated(client.name) });
}

function whereFrom({ client }: ScanContext): HTMLElement {
  if (!client.host) return h('p', { class: 'origin' }, t('approval.noHost'));
  return h(
    'p',
    { class: 'origin' },
    h('span', { class: 'visually-hidden' }, `${t('approval.hostLabel')} `),
    isolated(client.host, 'strong'),
  );
}

/** At this level a tap is not enough: said before it is asked for. */
function passkeyNote(able: boolean): HTMLElement {
  if (!able) return callout(t('approval.passkeyUnable'));
  return h('p', { class: 'passkey-note' }, icon('passkey'), t('approval.passkey'));
}

function facts(
  context: ScanContext,
  accountName: string,
  lasts: HTMLElement,
  deadline: () => Deadline,
): HTMLElement {
  const age = h('dd', {});
  const began = performance.now();
  countDown(age, deadline, () => {
    age.textContent = ago(context.age_seconds + (performance.now() - began) / 1000);
  });
  const scopes = context.scopes.map(scope => h('li', {}, isolated(scope.text)));
  return h(
    'dl',
    { class: 'facts' },
    ownName(context),
    fact('approval.from', computer(context)),
    place(context),
    fact('approval.network', t(`approval.network.${context.network}`)),
    fact('approval.opened', t(`approval.opened.${context.opened_by}`)),
    h('div', {}, h('dt', {}, t('approval.age')), age),
    fact('approval.scopes', h('ul', { class: 'scopes' }, scopes)),
    h('div', {}, h('dt', {}, t('approval.lasts')), lasts),
    fact('approval.account', isolated(accountName, 'strong')),
  );
}

function fact(term: TextKey, value: Child): HTMLElement {
  return h('div', {}, h('dt', {}, t(term)), h('dd', {}, value));
}

/** The name that it gave itself, unless that only repeats what it runs. */
function ownName({ calls_itself, browser, os }: ScanContext): Child {
  const usual = t('approval.browserOnOs', { browser: browser ?? '', os: os ?? '' });
  if (!calls_itself || calls_itself === usual) return undefined;
  return fact('approval.callsItself', isolated(`“${calls_itself}”`));
}

/** An address says roughly where, and can be made to say something else. */
function place({ place }: ScanContext): Child {
  if (!place) return undefined;
  const words = [h('span', {}, placeWords(place)), ' '];
  return fact('approval.place', [...words, h('small', {}, `(${t('approval.byAddress')})`)]);
}

/** What it runs is its own claim and said so; whether it is known is the server's knowledge. */
function computer({ client, browser, os, desktop }: ScanContext): Child {
  const known =
    desktop === 'new' ? t('approval.new') : t('approval.known', { date: day(desktop.known_since) });
  const name =
    browser && os
      ? rich('approval.browserOnOs', { browser: isolated(browser), os: isolated(os) })
      : [isolated(browser ?? os ?? t('approval.unknownBrowser'))];
  return [
    h('span', {}, name),
    ' ',
    h('small', {}, `(${t('approval.claim')})`),
    h('span', { class: desktop === 'new' ? 'mark new' : 'mark' }, known),
    client.verified && h('small', { class: 'mark' }, t('approval.proved')),
  ];
}

function keepSwitch(keep: HTMLInputElement, { durations }: ScanAnswer): HTMLElement | undefined {
  const { keep_seconds, default_seconds } = durations;
  if (keep_seconds <= default_seconds) return undefined;
  const hint = { long: duration(keep_seconds), short: duration(default_seconds) };
  return h(
    'label',
    { class: 'switch', for: 'keep' },
    h('span', {}, h('span', {}, t('approval.keep')), h('small', {}, t('approval.keepHint', hint))),
    keep,
  );
}

function warning({ client }: ScanContext): HTMLElement {
  const words = client.host
    ? rich('approval.warnHost', { host: isolated(client.host, 'strong') })
    : [t('approval.warnNoHost')];
  return h('p', { class: 'warning' }, words);
}

function leftLine(deadline: () => Deadline): HTMLElement {
  const line = h('p', { class: 'life' });
  countDown(line, deadline, left => {
    line.textContent = t('approval.left', { time: clock(left) });
  });
  return line;
}

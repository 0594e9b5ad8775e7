/** What the sign-in page shows in each state. Views know their texts, not the protocol. */

import type { Me } from '@countersign/browser';
import { type Child, h, isolated } from '../dom.ts';
import { type IconName, icon } from '../icons.ts';
import { button, panel } from '../stage.ts';
import { rich, type TextKey, t } from '../texts.ts';
import { clock, countDown, type Deadline, moment } from '../time.ts';
import { CodeInput } from './code-input.ts';
import { CodeView } from './qr.ts';

/** A line that counts down to a deadline that may move. */
function lifeLine(key: TextKey, deadline: () => Deadline, each?: (left: number) => void) {
  const line = h('p', { class: 'life' });
  countDown(line, deadline, left => {
    line.textContent = t(key, { time: clock(left) });
    each?.(left);
  });
  return line;
}

/** The code to scan. */
export function waitingView(host: string, deadline: () => Deadline, cancel: () => unknown) {
  const code = new CodeView(host);
  const whole = deadline().left;
  const life = lifeLine('waiting.life', deadline, left => code.life(left / whole));
  const steps = (['waiting.step1', 'waiting.step2', 'waiting.step3'] as const).map(key =>
    h('li', {}, h('span', {}, t(key))),
  );
  const here = rich('waiting.host', { host: isolated(host, 'strong') });
  const root = h(
    'section',
    { class: 'panel split' },
    h(
      'div',
      { class: 'words' },
      h('h1', {}, t('waiting.title')),
      h('ol', { class: 'steps' }, steps),
    ),
    h(
      'div',
      { class: 'show' },
      code.root,
      h('p', { class: 'host' }, here),
      life,
      button(t('action.cancel'), cancel, 'quiet'),
    ),
    h(
      'p',
      { class: 'aside' },
      `${t('waiting.phone')} `,
      h('a', { href: '/q' }, t('waiting.phoneAction')),
    ),
  );
  return { root, code };
}

/** The phone has it; the person decides there. */
export function scannedView(deadline: () => Deadline, cancel: () => unknown): HTMLElement {
  return panel(
    { icon: 'phone' },
    h('h1', {}, t('scanned.title')),
    h('p', {}, t('scanned.text')),
    lifeLine('scanned.life', deadline),
    h('p', { class: 'aside' }, t('scanned.lost')),
    h('div', { class: 'actions' }, button(t('action.cancel'), cancel, 'quiet')),
  );
}

/** Where the phone's code is typed. */
export function checkingView(
  deadline: () => Deadline,
  check: (code: string) => unknown,
  cancel: () => unknown,
) {
  const message = h('p', { class: 'message', id: 'code-message', 'aria-live': 'assertive' });
  const input = new CodeInput(check, 'code-message');
  const root = panel(
    { icon: 'keys' },
    h('h1', {}, t('checking.title')),
    h('p', {}, t('checking.text')),
    input.root,
    message,
    lifeLine('checking.life', deadline),
    h('div', { class: 'actions' }, button(t('action.cancel'), cancel, 'quiet')),
  );
  const tell = (text: string, bad = false) => {
    message.textContent = text;
    message.classList.toggle('bad', bad);
  };
  return { root, input, tell };
}

/** Confirmed: the tokens are on their way. */
export function confirmedView(): HTMLElement {
  return panel(
    { icon: 'check', tone: 'good' },
    h('h1', {}, t('confirmed.title')),
    h('p', {}, t('confirmed.text')),
    h('div', { class: 'spinner', 'aria-hidden': 'true' }),
  );
}

/** Who is signed in here, and the way out. */
export function signedInView(me: Me, signOut: () => unknown): HTMLElement {
  const name = isolated(me.account.name);
  const how = me.grant.how === 'scan' ? 'signedIn.howScan' : 'signedIn.howPassword';
  const facts: [TextKey, Child][] = [
    ['signedIn.account', isolated(me.account.login ?? me.account.name)],
    ['signedIn.device', isolated(me.device.name)],
    ['signedIn.how', t(how)],
    ['signedIn.since', moment(me.grant.signed_in_at)],
    ['signedIn.until', moment(me.grant.expires_at)],
  ];
  return panel(
    { icon: 'check', tone: 'good' },
    h('h1', {}, rich('signedIn.title', { name })),
    h(
      'p',
      { class: 'not-you' },
      `${t('signedIn.notYou')} `,
      button(t('action.signOut'), signOut, 'quiet'),
    ),
    h(
      'dl',
      { class: 'facts' },
      facts.map(([term, value]) => h('div', {}, h('dt', {}, t(term)), h('dd', {}, value))),
    ),
  );
}

/** How it ended, and the way to begin again. */
export function endView(
  look: { icon: IconName; tone?: string },
  words: { title: TextKey; text: TextKey; action: TextKey },
  again: () => unknown,
): HTMLElement {
  return panel(
    look,
    h('h1', {}, t(words.title)),
    h('p', {}, t(words.text)),
    h('div', { class: 'actions' }, button(t(words.action), again)),
  );
}

/** The code is over: blurred, until somebody asks for a new one. */
export function expiredView(code: CodeView, again: () => unknown): HTMLElement {
  code.retire();
  const renew = h('div', { class: 'renew' }, button(t('action.newCode'), again));
  code.root.append(renew);
  return h(
    'section',
    { class: 'panel split' },
    h(
      'div',
      { class: 'words' },
      h('div', { class: 'sign' }, icon('clock')),
      h('h1', {}, t('expired.title')),
      h('p', {}, t('expired.text')),
    ),
    h('div', { class: 'show' }, code.root),
  );
}

/** For a server whose applications bring their own sign-in page. */
export function noDemoView(): HTMLElement {
  return panel(
    { icon: 'computer' },
    h('h1', {}, t('noDemo.title')),
    h('p', {}, t('noDemo.text')),
    h('p', { class: 'reference' }, t('noDemo.developers')),
  );
}

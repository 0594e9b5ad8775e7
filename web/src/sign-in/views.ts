/** What the sign-in page shows in each state. Views know their texts, not the protocol. */

import type { How, Me } from '@countersign/browser';
import { type Child, h, isolated } from '../dom.ts';
import { type IconName, icon } from '../icons.ts';
import { button, loadingView, panel } from '../stage.ts';
import { rich, type TextKey, t } from '../texts.ts';
import { clock, countDown, type Deadline, moment } from '../time.ts';
import { CodeInput } from './code-input.ts';
import { CodeView } from './qr.ts';
import { type Ways, waysSwitch } from './ways.ts';

/** What stands around a code: the other ways in, or for who is signed in the way back. */
export interface Around {
  ways: Ways;
  passkey: { root: HTMLElement } | undefined;
  again: () => unknown;
  adding?: { leave: () => unknown };
}

/** Passkeys first: nobody can be led to another page with one. */
function otherWays({ ways, passkey, adding }: Around): HTMLElement[] {
  if (adding) return [];
  return [waysSwitch(ways, 'phone'), ...(passkey ? [passkey.root] : [])];
}

/** A line that counts down to a deadline that may move. */
function lifeLine(key: TextKey, deadline: () => Deadline, each?: (left: number) => void) {
  const line = h('p', { class: 'life' });
  countDown(line, deadline, left => {
    line.textContent = t(key, { time: clock(left) });
    each?.(left);
  });
  return line;
}

/** Before there is a code: the other ways need none. */
export function startingView(around: Around): HTMLElement {
  const view = loadingView();
  view.prepend(...otherWays(around));
  return view;
}

/** The code to scan. */
export function waitingView(host: string, deadline: () => Deadline, around: Around) {
  const code = new CodeView(host);
  const whole = deadline().left;
  const life = lifeLine('byPhone.life', deadline, left => code.life(left / whole));
  const { adding } = around;
  const last = adding ? 'adding.step3' : 'byPhone.step3';
  const steps = (['byPhone.step1', 'byPhone.step2', last] as const).map(key =>
    h('li', {}, h('span', {}, t(key))),
  );
  const here = rich('byPhone.host', { host: isolated(host, 'strong') });
  const root = h(
    'section',
    { class: 'panel split' },
    otherWays(around),
    h(
      'div',
      { class: 'words' },
      h('h1', {}, t(adding ? 'adding.title' : 'byPhone.title')),
      h('p', { class: 'brief' }, icon('phone'), t(adding ? 'adding.brief' : 'byPhone.brief')),
      h('ol', { class: 'steps' }, steps),
    ),
    h('div', { class: 'show' }, code.root, h('p', { class: 'host' }, here), life),
    adding ? wayBack(adding.leave) : scannerHint(),
  );
  return { root, code };
}

/** For who reads this on the phone itself. */
function scannerHint(): HTMLElement {
  const link = h('a', { href: '/q' }, t('byPhone.phoneAction'));
  return h('p', { class: 'aside' }, `${t('byPhone.phone')} `, link);
}

function wayBack(leave: () => unknown): HTMLElement {
  return h('div', { class: 'aside' }, button(t('action.back'), leave, 'quiet'));
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

/** Confirmed: what signs in is on its way. */
export function confirmedView(): HTMLElement {
  return panel(
    { icon: 'check', tone: 'good' },
    h('h1', {}, t('confirmed.title')),
    h('p', {}, t('confirmed.text')),
    h('div', { class: 'spinner', 'aria-hidden': 'true' }),
  );
}

/** What else can be done by who is signed in. */
export interface Offered {
  root: HTMLElement | undefined;
  /** Whether it comes before all else. */
  urgent: boolean;
}

/** Who is signed in here, and the way out; `signOut` gets where to say that it did not work. */
export function signedInView(
  me: Me,
  signOut: (tell: (text: string) => void) => unknown,
  offer: Offered,
): HTMLElement {
  const name = isolated(me.account.name ?? '');
  const facts: [TextKey, Child][] = [
    ['signedIn.account', isolated(me.account.login ?? me.account.name ?? '')],
    ['signedIn.device', isolated(me.device.name)],
    ['signedIn.how', t(HOW[me.grant.how])],
    ['signedIn.since', moment(me.grant.signed_in_at)],
    ['signedIn.until', moment(me.grant.expires_at)],
  ];
  const message = h('p', { class: 'message bad', 'aria-live': 'assertive' });
  const leave = () =>
    signOut(text => {
      message.textContent = text;
    });
  return panel(
    { icon: 'check', tone: 'good' },
    h('h1', {}, rich('signedIn.title', { name })),
    h(
      'p',
      { class: 'not-you' },
      `${t('signedIn.notYou')} `,
      button(t('action.signOut'), leave, 'quiet'),
    ),
    message,
    offer.urgent && offer.root,
    h(
      'dl',
      { class: 'facts' },
      facts.map(([term, value]) => h('div', {}, h('dt', {}, t(term)), h('dd', {}, value))),
    ),
    !offer.urgent && offer.root,
    h('p', { class: 'aside' }, h('a', { href: '/account' }, t('signedIn.yours'))),
  );
}

const HOW: Record<How, TextKey> = {
  scan: 'signedIn.howScan',
  passkey: 'signedIn.howPasskey',
  password: 'signedIn.howPassword',
  invitation: 'signedIn.howInvitation',
  recovery: 'signedIn.howRecovery',
};

/** How it ended, and the way to begin again. */
export function endView(
  look: { icon: IconName; tone?: string },
  words: { title: TextKey; text: TextKey; action: TextKey },
  again: () => unknown,
  leave?: () => unknown,
): HTMLElement {
  const back = leave && button(t('action.back'), leave, 'quiet');
  return panel(
    look,
    h('h1', {}, t(words.title)),
    h('p', {}, t(words.text)),
    h('div', { class: 'actions' }, button(t(words.action), again), back),
  );
}

/** The code is over: blurred, until somebody asks for a new one. */
export function expiredView(code: CodeView, around: Around): HTMLElement {
  code.retire();
  const { again, adding } = around;
  const renew = h('div', { class: 'renew' }, button(t('action.newCode'), again));
  code.root.append(renew);
  return h(
    'section',
    { class: 'panel split' },
    otherWays(around),
    h(
      'div',
      { class: 'words' },
      h('div', { class: 'sign' }, icon('clock')),
      h('h1', {}, t('expired.title')),
      h('p', {}, t('expired.text')),
    ),
    h('div', { class: 'show' }, code.root),
    adding && wayBack(adding.leave),
  );
}

/** Signed in, and yet not: the browser did not keep the cookie. */
export function forgetfulView(again: () => unknown): HTMLElement {
  const words = { title: 'storage.title', text: 'storage.text', action: 'action.retry' } as const;
  return endView({ icon: 'warning', tone: 'warn' }, words, again);
}

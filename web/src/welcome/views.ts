/** What the page of an invitation shows. Knows no request. */

import type { Invitation } from '@countersign/browser';
import { type Child, h, isolated } from '../dom.ts';
import { type Complaint, form, passwordField } from '../forms.ts';
import { button, panel } from '../stage.ts';
import { rich, type TextKey, t } from '../texts.ts';
import { duration } from '../time.ts';

/** Before anything happened. */
export function introView(look: () => unknown): HTMLElement {
  return panel(
    { icon: 'person' },
    h('h1', {}, t('welcome.title')),
    h('p', {}, t('welcome.text')),
    h('div', { class: 'actions' }, button(t('welcome.open'), look)),
  );
}

interface Offer {
  invitation: Invitation;
  /** Seconds for which the invitation is good. */
  seconds: number;
  /** Who is signed in here until then. */
  before: string | undefined;
}

export interface ChooseOptions extends Offer {
  /** Both give what is wrong, if something is. */
  passkey: () => Promise<Complaint | undefined>;
  password: () => unknown;
}

/** Whose it is, and what to sign in with from now on. */
export function chooseView(options: ChooseOptions): HTMLElement {
  const message = h('p', { class: 'message bad', 'aria-live': 'assertive' });
  const passkey = async () => {
    message.textContent = '';
    message.textContent = (await options.passkey())?.text ?? '';
  };
  return panel(
    { icon: 'person' },
    h('h1', {}, rich('welcome.hello', { name: isolated(options.invitation.name) })),
    h('p', {}, t('welcome.choose')),
    offered(options),
    message,
    h(
      'div',
      { class: 'actions' },
      button(t('welcome.passkey'), passkey),
      h('p', { class: 'hint' }, t('welcome.passkeyHint')),
      button(t('welcome.password'), options.password, 'secondary'),
    ),
  );
}

export interface PasswordOptions extends Offer {
  /** Leads back to the choice, where there is one. */
  back: (() => unknown) | undefined;
  submit: (password: string) => Promise<Complaint | undefined>;
}

/** A password of one's own; the only way where passkeys don't work. */
export function passwordView(options: PasswordOptions) {
  const { invitation, back } = options;
  const password = passwordField(
    'password',
    t('form.password'),
    'new-password',
    t('password.rules'),
  );
  const act = async () => {
    const complaint = await options.submit(password.input.value);
    return complaint && { ...complaint, field: password };
  };
  const title: Child = back
    ? t('welcome.passwordTitle')
    : rich('welcome.hello', { name: isolated(invitation.name) });
  const text: Child = back
    ? rich('welcome.passwordText', { account: isolated(invitation.account, 'strong') })
    : t('welcome.firstPhone');
  const root = panel(
    { icon: 'keys' },
    h('h1', {}, title),
    h('p', {}, text),
    !back && offered(options),
    form({
      fields: [password],
      more: whose(invitation.account),
      submit: t('welcome.passwordSubmit'),
      act,
      actions: back && button(t('action.back'), back, 'quiet'),
    }),
  );
  return { root, focus: back ? password.input : undefined };
}

/** Tells password managers which account the password is for. */
function whose(account: string): HTMLElement {
  return h('input', { hidden: true, autocomplete: 'username', readonly: true, value: account });
}

function offered({ invitation, seconds, before }: Offer): Child[] {
  const rows: [TextKey, Child][] = [
    ['welcome.account', isolated(invitation.account)],
    ['welcome.good', duration(wholeUnits(seconds))],
  ];
  return [
    h(
      'dl',
      { class: 'facts' },
      rows.map(([term, value]) => h('div', {}, h('dt', {}, t(term)), h('dd', {}, value))),
    ),
    h('p', {}, t('welcome.ends')),
    before !== undefined &&
      h(
        'p',
        { class: 'callout warn' },
        h('span', {}, rich('welcome.other', { name: isolated(before) })),
      ),
  ];
}

/** A length of time without parts of its largest unit: "6 days", not "6.9". */
function wholeUnits(seconds: number): number {
  const unit = [86_400, 3_600, 60].find(size => seconds >= size) ?? 1;
  return Math.floor(seconds / unit) * unit;
}

/** Taken up. */
export function doneView(name: string): HTMLElement {
  return panel(
    { icon: 'check', tone: 'good' },
    h('h1', {}, t('welcome.doneTitle')),
    h('p', {}, rich('welcome.done', { name: isolated(name, 'strong') })),
    h('p', {}, t('welcome.doneCodes')),
    h(
      'div',
      { class: 'actions' },
      h('a', { class: 'button primary', href: '/q' }, t('welcome.phone')),
      h('a', { class: 'button secondary', href: '/account' }, t('welcome.toAccount')),
    ),
  );
}

/** No invitation, or none that is good. */
export function refusedView(title: TextKey, text: TextKey): HTMLElement {
  return panel(
    { icon: 'stop', tone: 'bad' },
    h('h1', {}, t(title)),
    h('p', {}, t(text)),
    h(
      'div',
      { class: 'actions' },
      h('a', { class: 'button secondary', href: '/' }, t('account.signInPage')),
    ),
  );
}

/** What the way back shows. Knows no request. */

import type { Waiting } from '@countersign/browser';
import { type Child, h, isolated } from '../dom.ts';
import { accountField, type Complaint, field, form, passwordField } from '../forms.ts';
import { button, panel } from '../stage.ts';
import { rich, type TextKey, t } from '../texts.ts';
import { countDown, Deadline, moment, timeLeft } from '../time.ts';

const STEPS = ['recover.told', 'recover.waits', 'recover.sets'] as const;

/** Asks for a recovery code; `submit` gives what is wrong, if something is. */
export function codeView(
  submit: (account: string, code: string) => Promise<string | undefined>,
  said: string | undefined,
): HTMLElement {
  const account = accountField(t('recover.account'));
  const code = field(
    'recovery-code',
    t('recover.code'),
    { autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false', maxlength: 40 },
    t('recover.codeHint'),
  );
  const act = async (): Promise<Complaint | undefined> => {
    const text = await submit(account.input.value.trim(), code.input.value.trim());
    return text === undefined ? undefined : { text, field: code };
  };
  return panel(
    { icon: 'phone' },
    h('h1', {}, t('recover.title')),
    said !== undefined && h('p', { class: 'callout stacked' }, said),
    h('p', {}, t('recover.text')),
    h(
      'ol',
      { class: 'plain' },
      STEPS.map(key => h('li', {}, t(key))),
    ),
    form({ fields: [account, code], submit: t('recover.submit'), act }),
    h('p', { class: 'hint' }, t('recover.noCode')),
    link('/q', 'recover.stillHave', 'quiet'),
  );
}

/** The wait: how long, why, and how it ends before. `set` tells how long it takes yet. */
export function waitView({ me, seconds }: Waiting, stop: () => unknown) {
  const left = h('p', { class: 'left' });
  let deadline: Deadline | undefined;
  const set = (to: number | undefined) => {
    const counting = deadline !== undefined;
    deadline = to === undefined ? undefined : new Deadline(to);
    left.hidden = deadline === undefined;
    if (!counting && deadline) countDown(left, () => deadline ?? new Deadline(0), show);
  };
  const show = (rest: number) => {
    const text = rest > 0 ? t('recover.left', { time: timeLeft(rest) }) : t('recover.soon');
    if (left.textContent !== text) left.textContent = text;
  };
  set(seconds);
  const { account, grant } = me;
  const rows: [TextKey, Child][] = [
    ['recover.waitAccount', isolated(account.login ?? account.name ?? '')],
    ['recover.waitSince', moment(grant.signed_in_at)],
    ['recover.waitUntil', moment(grant.approves_at ?? grant.expires_at)],
  ];
  const address = isolated(location.origin + location.pathname);
  const root = panel(
    { icon: 'clock' },
    h('h1', {}, t('recover.waitTitle')),
    left,
    h(
      'dl',
      { class: 'facts' },
      rows.map(([term, value]) => h('div', {}, h('dt', {}, t(term)), h('dd', {}, value))),
    ),
    h('p', {}, t('recover.waitWhy')),
    h('p', {}, rich('recover.waitKeep', { address })),
    h('div', { class: 'actions' }, button(t('recover.cancel'), stop, 'danger')),
  );
  return { root, set };
}

/** The wait is over: something new to sign in with. Both acts give what is wrong, if something is. */
export function setView(
  passkey: (() => Promise<Complaint | undefined>) | undefined,
  password: (chosen: string, signOutOthers: boolean) => Promise<Complaint | undefined>,
): HTMLElement {
  const message = h('p', { class: 'message bad', 'aria-live': 'assertive' });
  const usePasskey = async () => {
    message.textContent = '';
    message.textContent = (await passkey?.())?.text ?? '';
  };
  const openForm = () => {
    message.textContent = '';
    const made = passwordForm(password);
    ways.replaceWith(made);
    made.querySelector('input')?.focus();
  };
  const ways = h(
    'div',
    { class: 'actions' },
    passkey && button(t('recover.setPasskey'), usePasskey),
    button(t('recover.setPassword'), openForm, passkey ? 'secondary' : 'primary'),
    h('a', { class: 'button quiet', href: '/q' }, t('recover.later')),
  );
  return panel(
    { icon: 'check', tone: 'good' },
    h('h1', {}, t('recover.setTitle')),
    h('p', {}, t('recover.set')),
    message,
    ways,
  );
}

function passwordForm(
  set: (chosen: string, signOutOthers: boolean) => Promise<Complaint | undefined>,
): HTMLFormElement {
  const password = passwordField(
    'new-password',
    t('password.new'),
    'new-password',
    t('password.rules'),
  );
  const others = h('input', { type: 'checkbox', id: 'sign-out-others', checked: true });
  const act = async () => {
    const complaint = await set(password.input.value, others.checked);
    return complaint && { ...complaint, field: password };
  };
  const label = h('span', {}, t('password.signOutOthers'));
  return form({
    fields: [password],
    more: h('label', { class: 'check', for: 'sign-out-others' }, others, label),
    submit: t('password.submit'),
    act,
  });
}

/** Back for good. */
export function doneView(said: string): HTMLElement {
  return panel(
    { icon: 'check', tone: 'good' },
    h('h1', {}, t('recover.doneTitle')),
    h('p', {}, said),
    h('p', {}, t('recover.next')),
    h(
      'div',
      { class: 'actions' },
      h('a', { class: 'button primary', href: '/account' }, t('recover.toAccount')),
      h('a', { class: 'button secondary', href: '/q' }, t('recover.toPhone')),
    ),
  );
}

/** This browser is a phone of an account, and came by another way. */
export function signedInView(name: string): HTMLElement {
  return panel(
    { icon: 'person' },
    h('h1', {}, t('recover.signedInTitle')),
    h('p', {}, rich('recover.signedIn', { name: isolated(name, 'strong') })),
    link('/account', 'recover.toAccount', 'primary'),
  );
}

/** The recovery that was begun here is over. */
export function endedView(again: () => unknown): HTMLElement {
  return panel(
    { icon: 'stop', tone: 'bad' },
    h('h1', {}, t('recover.endedTitle')),
    h('p', {}, t('recover.ended')),
    h('div', { class: 'actions' }, button(t('recover.again'), again)),
  );
}

function link(href: string, text: TextKey, look: string): HTMLElement {
  return h('div', { class: 'actions' }, h('a', { class: `button ${look}`, href }, t(text)));
}

/** What the phone page shows outside a decision: the invitation, sign-in, home, outcomes. */

import { h, isolated } from '../dom.ts';
import type { IconName } from '../icons.ts';
import { busyWhile, button, panel } from '../stage.ts';
import { rich, type TextKey, t } from '../texts.ts';

/** Opened by a link: says what this is, and waits. */
export function linkView(
  crossSite: boolean,
  look: () => unknown,
  leave: () => unknown,
): HTMLElement {
  return panel(
    { icon: 'computer' },
    h('h1', {}, t('link.title')),
    h('p', {}, t('link.text')),
    crossSite && h('p', { class: 'callout warn' }, t('link.crossSite')),
    h(
      'div',
      { class: 'actions' },
      button(t('link.look'), look),
      button(t('link.leave'), leave, 'quiet'),
    ),
  );
}

/** Where the person signs in; `submit` gives a sentence when it did not work. A pending request can be left. */
export function loginView(
  leave: (() => unknown) | undefined,
  submit: (account: string, password: string) => Promise<string | undefined>,
) {
  const account = field('account', t('login.account'), 'username');
  const password = field('password', t('login.password'), 'current-password');
  password.input.type = 'password';
  const message = h('p', { class: 'message bad', id: 'login-message', 'aria-live': 'assertive' });
  const go = h('button', { type: 'submit', class: 'button primary' }, t('login.submit'));
  const form = h(
    'form',
    { class: 'login', novalidate: true },
    account.root,
    password.root,
    showPassword(password.input),
    message,
    go,
  );
  form.addEventListener('submit', event => {
    event.preventDefault();
    busyWhile(go, async () => {
      const name = account.input.value.trim();
      const filled = name !== '' && password.input.value !== '';
      message.textContent = '';
      const problem = filled ? await submit(name, password.input.value) : t('login.missing');
      if (problem === undefined) return;
      message.textContent = problem;
      (name === '' ? account.input : password.input).focus();
    });
  });
  const root = panel(
    { icon: 'person' },
    h('h1', {}, t('login.title')),
    h('p', {}, t(leave ? 'login.pending' : 'login.text')),
    form,
    leave && h('div', { class: 'actions' }, button(t('link.leave'), leave, 'quiet')),
  );
  return { root, first: account.input };
}

function field(id: string, label: string, autocomplete: string) {
  const input = h('input', {
    id,
    name: id,
    autocomplete,
    autocapitalize: 'none',
    spellcheck: 'false',
    required: true,
    'aria-describedby': 'login-message',
  });
  return { root: h('div', { class: 'field' }, h('label', { for: id }, label), input), input };
}

function showPassword(password: HTMLInputElement): HTMLElement {
  const box = h('input', { type: 'checkbox', id: 'show-password' });
  box.addEventListener('change', () => {
    password.type = box.checked ? 'text' : 'password';
  });
  return h('label', { class: 'check' }, box, h('span', {}, t('login.show')));
}

/** Signed in, with nothing to decide. */
export function homeView(
  name: string,
  mayApprove: boolean,
  scan: () => unknown,
  signOut: () => unknown,
): HTMLElement {
  return panel(
    { icon: 'phone' },
    h('h1', {}, rich('home.title', { name: isolated(name) })),
    h('p', {}, t('home.text')),
    !mayApprove && h('p', { class: 'callout warn' }, t('home.notAllowed')),
    h(
      'div',
      { class: 'actions' },
      button(t('home.scan'), scan),
      button(t('action.signOut'), signOut, 'quiet'),
    ),
  );
}

/** How it ended. */
export function outcomeView(
  look: { icon: IconName; tone?: string },
  title: TextKey,
  text: (Node | string)[],
  actions: HTMLElement[],
): HTMLElement {
  return panel(
    look,
    h('h1', {}, t(title)),
    h('p', {}, text),
    h('div', { class: 'actions' }, actions),
  );
}

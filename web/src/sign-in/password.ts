/** The ways in by keyboard: a password, or a new account with one. Know no page around them. */

import { type Connection, hasCode, register, signInHere } from '@countersign/browser';
import { describeDevice } from '../device.ts';
import { h } from '../dom.ts';
import { sentence } from '../failure.ts';
import { accountField, type Complaint, type Field, field, form, passwordField } from '../forms.ts';
import { icon } from '../icons.ts';
import type { PasskeyWay } from '../passkey-way.ts';
import { Pause } from '../pause.ts';
import { panel } from '../stage.ts';
import { type TextKey, t } from '../texts.ts';
import { type Ways, waysSwitch } from './ways.ts';

/** The server's own bound, told while one types; the server is what decides. */
const PASSWORD_MIN = 8;

/** What a form needs to let somebody in. */
export interface Door {
  connection: Connection;
  ways: Ways;
  /** Aborted when the person turns to another way. */
  signal: AbortSignal;
  /** Called once the server has let somebody in. */
  enter: () => unknown;
  /** The way in by passkey, where there is one. */
  passkey: PasskeyWay | undefined;
}

/** Signs in with account and password. */
export function passwordView(door: Door) {
  const account = accountField(t('byPassword.account'));
  const password = passwordField('password', t('form.password'), 'current-password');
  const pause = new Pause();
  const act = attempt(door, pause, async () => {
    try {
      await enterBy(door, account, password);
      return undefined;
    } catch (error) {
      if (!hasCode(error, 'invalid_credentials')) throw error;
      return { text: sentence(error), field: password };
    }
  });
  const root = panel(
    {},
    waysSwitch(door.ways, 'password'),
    door.passkey?.root,
    h('h1', {}, t('byPassword.title')),
    h('p', {}, t('byPassword.text')),
    form({
      fields: [account, password],
      more: pause.root,
      submit: t('byPassword.submit'),
      act,
    }),
  );
  door.passkey?.offerIn(account.input);
  return { root, first: account.input };
}

/** Makes an account and signs in with it. */
export function registerView(door: Door) {
  const account = accountField(t('register.account'), t('register.accountHint'));
  const choice = passwordChoice();
  const pause = new Pause();
  const act = attempt(door, pause, async () => {
    const wrong = choice.complaint();
    if (wrong) return wrong;
    try {
      const wanted = { account: account.input.value.trim(), password: choice.password.input.value };
      await register(door.connection, wanted, door.signal);
      await enterBy(door, account, choice.password);
      return undefined;
    } catch (error) {
      if (hasCode(error, 'password_rejected')) {
        const text = t(`password.${error.reason ?? 'common'}`);
        return { text, field: choice.password };
      }
      // The server never says which names are taken; that this password does not open it says enough.
      if (hasCode(error, 'invalid_credentials'))
        return { text: t('register.taken'), field: account };
      if (hasCode(error, 'name_rejected')) return { text: t('register.nameBad'), field: account };
      throw error;
    }
  });
  const root = panel(
    {},
    waysSwitch(door.ways, 'register'),
    h('h1', {}, t('register.title')),
    h('p', {}, t('register.text')),
    form({
      fields: [account, choice.password, choice.again],
      more: [choice.checks, pause.root],
      submit: t('register.submit'),
      act,
    }),
  );
  return { root, first: account.input };
}

/** A new password, typed twice unless it is shown, with what is asked of it checked while one types. */
function passwordChoice() {
  const password = passwordField('password', t('register.password'), 'new-password');
  const again = field('again', t('register.again'), {
    type: 'password',
    autocomplete: 'new-password',
  });
  const long = checkLine('register.long', { count: PASSWORD_MIN });
  const same = checkLine('register.same');
  const isLong = () => [...password.input.value].length >= PASSWORD_MIN;
  const isShown = () => password.input.type === 'text';
  const isSame = () => isShown() || again.input.value === password.input.value;
  const update = () => {
    again.root.hidden = isShown();
    again.input.required = !isShown();
    same.root.hidden = isShown();
    long.met(isLong());
    same.met(isSame() && password.input.value !== '');
  };
  for (const part of [password.root, again.root]) {
    part.addEventListener('input', update);
    part.addEventListener('change', update);
  }
  update();
  const complaint = (): Complaint | undefined => {
    if (!isLong()) return { text: t('password.too_short'), field: password };
    return isSame() ? undefined : { text: t('register.different'), field: again };
  };
  const checks = h('ul', { class: 'checks' }, long.root, same.root);
  return { password, again, checks, complaint };
}

/** One thing that is asked for, and whether it is there yet: in words, and by a tick. */
function checkLine(key: TextKey, values = {}) {
  const state = h('span', { class: 'visually-hidden' });
  const root = h('li', {}, icon('check'), h('span', {}, t(key, values)), state);
  const met = (is: boolean) => {
    root.classList.toggle('met', is);
    state.textContent = t(is ? 'register.met' : 'register.unmet');
  };
  return { root, met };
}

async function enterBy(door: Door, account: Field, password: Field): Promise<void> {
  const device = describeDevice(navigator.userAgent);
  const request = { account: account.input.value.trim(), password: password.input.value, device };
  await signInHere(door.connection, request, door.signal);
  door.enter();
}

/** Runs a try to get in, unless one has to wait; says any refusal that the try does not know itself. */
function attempt(
  { signal }: Door,
  pause: Pause,
  work: () => Promise<Complaint | undefined>,
): () => Promise<Complaint | undefined> {
  return async () => {
    if (pause.isOver) {
      try {
        return await work();
      } catch (error) {
        if (signal.aborted) return undefined;
        if (!hasCode(error, 'slow_down')) return { text: sentence(error) };
        pause.begin(error.retryAfter);
      }
    }
    return { text: t('pause.text') };
  };
}

/** Signing in on this phone, and making an account where the server takes new ones. */

import {
  CountersignError,
  hasCode,
  register as makeAccount,
  type SessionAnswer,
  signIn,
} from '@countersign/browser';
import { describeDevice } from '../device.ts';
import { h } from '../dom.ts';
import { sentence } from '../failure.ts';
import { accountField, type Complaint, type Field, form, passwordField } from '../forms.ts';
import type { Page } from '../page.ts';
import { type PasskeyDoor, PasskeyWay } from '../passkey-way.ts';
import { passkeysWork } from '../passkeys.ts';
import { Pause } from '../pause.ts';
import { button, panel } from '../stage.ts';
import { t } from '../texts.ts';

export interface SignInOptions {
  page: Page;
  /** Aborted when something else is shown. */
  signal: AbortSignal;
  /** Whether the server takes new accounts. */
  registration: boolean;
  /** Leaves the request that waits for the sign-in, if there is one. */
  leave: (() => unknown) | undefined;
  /** Takes up the session. What it throws is said at the form. */
  done: (answer: SessionAnswer) => Promise<void>;
}

/** Shows the sign-in form, and from there the one for a new account. */
export function showSignIn(options: SignInOptions): void {
  const { page, registration, leave, done } = options;
  const account = accountField(t('login.account'));
  const password = passwordField('password', t('form.password'), 'current-password');
  const passkey = passkeyWay(options);
  const register = () => {
    passkey?.stop();
    showRegister(options);
  };
  const pause = new Pause();
  const act = () =>
    attempt(password, pause, async () => {
      await done(await enter(page, account.input.value, password));
      return undefined;
    });
  const root = panel(
    { icon: 'person' },
    h('h1', {}, t('login.title')),
    h('p', {}, t(leave ? 'login.pending' : 'login.text')),
    passkey?.root,
    form({
      fields: [account, password],
      more: pause.root,
      submit: t('login.submit'),
      act,
      actions: [
        registration && button(t('login.register'), register, 'secondary'),
        h('a', { class: 'button quiet', href: '/recover' }, t('recover.title')),
        leave && button(t('link.leave'), leave, 'quiet'),
      ],
    }),
  );
  page.stage.show(root, { focus: passkey ? undefined : account.input });
  passkey?.offerIn(account.input);
}

/** A passkey proves more than a password: a phone that signs in with one may approve at once. */
function passkeyWay({ page, signal, done }: SignInOptions): PasskeyWay | undefined {
  if (!passkeysWork()) return undefined;
  const { connection } = page;
  const device = describeDevice(navigator.userAgent);
  const enter: PasskeyDoor['enter'] = async (passkey, asked) =>
    done(await signIn(connection, { passkey, device }, asked));
  return new PasskeyWay({ connection, signal, enter }, 'passkey.hintPhone');
}

function showRegister(options: SignInOptions): void {
  const { page, leave, done } = options;
  const account = accountField(t('login.account'), t('newAccount.accountHint'));
  const password = passwordField(
    'password',
    t('form.password'),
    'new-password',
    t('password.rules'),
  );
  const pause = new Pause();
  const act = () =>
    attempt(password, pause, async () => {
      const name = account.input.value.trim();
      try {
        await makeAccount(page.connection, { account: name, password: password.input.value });
      } catch (error) {
        if (hasCode(error, 'name_rejected'))
          return { text: t('newAccount.nameBad'), field: account };
        throw error;
      }
      try {
        await done(await enter(page, name, password));
      } catch (error) {
        // The server never says whether a name is free; whether it was shows here.
        if (!hasCode(error, 'invalid_credentials')) throw error;
        return { text: t('newAccount.nameTaken'), field: account };
      }
      return undefined;
    });
  const back = button(t('newAccount.back'), () => showSignIn(options), 'secondary');
  const root = panel(
    { icon: 'person' },
    h('h1', {}, t('newAccount.title')),
    h('p', {}, t('newAccount.text')),
    form({
      fields: [account, password],
      more: pause.root,
      submit: t('newAccount.submit'),
      act,
      actions: [back, leave && button(t('link.leave'), leave, 'quiet')],
    }),
  );
  page.stage.show(root, { focus: account.input });
}

function enter({ connection }: Page, account: string, { input }: Field): Promise<SessionAnswer> {
  const device = describeDevice(navigator.userAgent);
  return signIn(connection, { account: account.trim(), password: input.value, device });
}

async function attempt(
  password: Field,
  pause: Pause,
  work: () => Promise<Complaint | undefined>,
): Promise<Complaint | undefined> {
  if (!pause.isOver) return { text: t('pause.text') };
  try {
    return await work();
  } catch (error) {
    if (hasCode(error, 'slow_down')) {
      pause.begin(error.retryAfter);
      return { text: t('pause.text') };
    }
    const reason = error instanceof CountersignError && error.reason;
    return { text: reason ? t(`password.${reason}`) : sentence(error), field: password };
  }
}

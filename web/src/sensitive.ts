/** Acts that want to know who asks first: has the person give a passkey or the password, and does the act again. Knows no act. */

import {
  hasCode,
  provePasskey,
  type Session,
  type Verification,
  verify,
} from '@countersign/browser';
import { openDialog } from './dialog.ts';
import { type Child, h } from './dom.ts';
import { sentence } from './failure.ts';
import { type Complaint, form, passwordField } from './forms.ts';
import { icon } from './icons.ts';
import { passkeysWork } from './passkeys.ts';
import { button } from './stage.ts';
import { t } from './texts.ts';

/** Does something; asks who is there when the server wants it. `undefined`: the person would rather not. */
export async function sensitively<T>(
  session: Session,
  act: () => Promise<T>,
): Promise<{ done: T } | undefined> {
  for (;;) {
    try {
      return { done: await act() };
    } catch (error) {
      if (!hasCode(error, 'verification_required')) throw error;
      if (!(await askWho(session))) return undefined;
    }
  }
}

/** What the account can be proved by on this page. */
interface Ways {
  password: boolean;
  passkey: boolean;
}

/** An account that can't be asked about is taken for the usual one: the server judges what it is given. */
async function waysOf(session: Session): Promise<Ways> {
  const usual = { password: true, passkey: false };
  if (!passkeysWork()) return usual;
  try {
    const { passkeys = 0, has_password = true } = (await session.me()).account;
    return passkeys > 0 ? { password: has_password, passkey: true } : usual;
  } catch (error) {
    if (hasCode(error, 'signed_out')) throw error;
    return usual;
  }
}

/** What the dialog offers its ways. */
interface Asking {
  session: Session;
  /** Gives what proves it to the server; gives what to say when it was not taken. */
  prove: (proof: () => Promise<Verification>) => Promise<string | undefined>;
  left: AbortSignal;
}

/** True once the server knows who it is; false when the dialog was left. */
async function askWho(session: Session): Promise<boolean> {
  const ways = await waysOf(session);
  const answer = await openDialog<{ over?: unknown }>(t('verify.title'), (close, left) => {
    const prove: Asking['prove'] = async proof => {
      try {
        await verify(session, await proof(), left);
        close({});
      } catch (error) {
        if (left.aborted) return undefined;
        if (!hasCode(error, 'signed_out')) return refusal(error);
        close({ over: error });
      }
      return undefined;
    };
    const cancel = button(t('action.cancel'), () => close(), 'quiet');
    const asking = { session, prove, left };
    return ways.passkey ? byPasskey(asking, ways, cancel) : byPassword(asking, cancel);
  });
  if (answer?.over) throw answer.over;
  return answer !== undefined;
}

/** A passkey first; the password is one press away, where there is one. */
function byPasskey(asking: Asking, ways: Ways, cancel: HTMLElement): Child[] {
  const { session, prove, left } = asking;
  const message = h('p', { class: 'message bad', 'aria-live': 'assertive' });
  const use = async () => {
    message.textContent = '';
    const proof = async () => ({
      passkey: await provePasskey(session, 'verify', { signal: left }),
    });
    message.textContent = (await prove(proof)) ?? '';
  };
  const first = button(t('verify.passkey'), use);
  first.prepend(icon('passkey'));
  first.dataset.first = '';
  const instead = () => {
    const content = h('div', { class: 'form' }, byPassword(asking, cancel));
    root.replaceWith(content);
    content.querySelector<HTMLElement>('[data-first]')?.focus();
  };
  const root = h(
    'div',
    { class: 'form' },
    h('p', {}, t('verify.passkeyText')),
    message,
    h(
      'div',
      { class: 'actions' },
      first,
      ways.password && button(t('verify.instead'), instead, 'secondary'),
      cancel,
    ),
  );
  return [root];
}

function byPassword({ session, prove }: Asking, cancel: HTMLElement): Child[] {
  const password = passwordField('verify', t('form.password'), 'current-password');
  password.input.dataset.first = '';
  const act = async (): Promise<Complaint | undefined> => {
    const text = await prove(async () => ({ password: password.input.value }));
    return text === undefined ? undefined : { text, field: password };
  };
  const more = whose(session);
  const options = { fields: [password], more, submit: t('verify.submit'), act, actions: cancel };
  return [h('p', {}, t('verify.text')), form(options)];
}

function refusal(error: unknown): string {
  if (hasCode(error, 'invalid_credentials')) return t('verify.wrong');
  if (hasCode(error, 'slow_down') && error.retryAfter) {
    return t('verify.slowDown', { seconds: error.retryAfter });
  }
  return sentence(error);
}

/** Tells password managers whose password is meant. */
export function whose({ account }: Session): HTMLElement {
  const name = account?.login ?? account?.name ?? '';
  return h('input', { hidden: true, autocomplete: 'username', readonly: true, value: name });
}

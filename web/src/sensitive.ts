/** Acts that want the password first: asks for it, and does the act again. Knows no act. */

import { hasCode, type Session, verify } from '@countersign/browser';
import { openDialog } from './dialog.ts';
import { h } from './dom.ts';
import { sentence } from './failure.ts';
import { type Complaint, form, passwordField } from './forms.ts';
import { button } from './stage.ts';
import { t } from './texts.ts';

/** Does something; asks for the password when the server wants it. `undefined`: the person would rather not. */
export async function sensitively<T>(
  session: Session,
  act: () => Promise<T>,
): Promise<{ done: T } | undefined> {
  for (;;) {
    try {
      return { done: await act() };
    } catch (error) {
      if (!hasCode(error, 'verification_required')) throw error;
      if (!(await askPassword(session))) return undefined;
    }
  }
}

/** True once the server took the password; false when the dialog was left. */
async function askPassword(session: Session): Promise<boolean> {
  const answer = await openDialog<{ over?: unknown }>(t('verify.title'), (close, left) => {
    const password = passwordField('verify', t('form.password'), 'current-password');
    password.input.dataset.first = '';
    const act = async (): Promise<Complaint | undefined> => {
      try {
        await verify(session, { password: password.input.value }, left);
        close({});
      } catch (error) {
        if (left.aborted) return undefined;
        if (!hasCode(error, 'signed_out')) return { text: refusal(error), field: password };
        close({ over: error });
      }
      return undefined;
    };
    const cancel = button(t('action.cancel'), () => close(), 'quiet');
    return [
      h('p', {}, t('verify.text')),
      form({
        fields: [password],
        more: whose(session),
        submit: t('verify.submit'),
        act,
        actions: cancel,
      }),
    ];
  });
  if (answer?.over) throw answer.over;
  return answer !== undefined;
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

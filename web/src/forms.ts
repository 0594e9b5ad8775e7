/** Forms: labelled fields, passwords that can be shown, and what is wrong said in place. Knows no request. */

import { type Child, h, type Props } from './dom.ts';
import { busyWhile } from './stage.ts';
import { t } from './texts.ts';

/** A labelled field. */
export interface Field {
  root: HTMLElement;
  input: HTMLInputElement;
}

/** What is wrong, and where. */
export interface Complaint {
  text: string;
  field?: Field | undefined;
}

/** Makes a field of one line. A hint stands under its label. */
export function field(id: string, label: string, attributes: Props = {}, hint?: string): Field {
  const input = h('input', { id, name: id, required: true, ...attributes });
  const told = hint && h('p', { class: 'hint', id: `${id}-hint` }, hint);
  if (told) input.setAttribute('aria-describedby', `${id}-hint`);
  const root = h('div', { class: 'field' }, h('label', { for: id }, label), told, input);
  return { root, input };
}

/** Names that software gave must not be changed by a phone's keyboard. */
const VERBATIM = { autocapitalize: 'none', spellcheck: 'false' };

/** The name that an account signs in with. */
export function accountField(label: string, hint?: string): Field {
  return field('account', label, { autocomplete: 'username', ...VERBATIM }, hint);
}

/** A password, with a box below that shows it. */
export function passwordField(
  id: string,
  label: string,
  autocomplete: 'current-password' | 'new-password',
  hint?: string,
): Field {
  const made = field(id, label, { type: 'password', autocomplete, ...VERBATIM }, hint);
  const box = h('input', { type: 'checkbox', id: `${id}-shown` });
  box.addEventListener('change', () => {
    made.input.type = box.checked ? 'text' : 'password';
  });
  made.root.append(h('label', { class: 'check' }, box, h('span', {}, t('form.show'))));
  return made;
}

export interface FormOptions {
  fields: Field[];
  /** What stands between the fields and the button. */
  more?: Child;
  submit: string;
  /** Does it; gives what is wrong, if something is. */
  act: () => Promise<Complaint | undefined>;
  /** What stands below the button. */
  actions?: Child;
}

/** Makes a form that checks that its fields are filled, and says what is wrong above its button. */
export function form(options: FormOptions): HTMLFormElement {
  const { fields, act } = options;
  const message = h('p', { class: 'message bad', 'aria-live': 'assertive' });
  const go = h('button', { type: 'submit', class: 'button primary' }, options.submit);
  const complain = (complaint: Complaint | undefined) => {
    message.textContent = complaint?.text ?? '';
    for (const { input } of fields) input.removeAttribute('aria-invalid');
    complaint?.field?.input.setAttribute('aria-invalid', 'true');
    complaint?.field?.input.focus();
  };
  const root = h(
    'form',
    { class: 'form', novalidate: true },
    fields.map(made => made.root),
    options.more,
    message,
    h('div', { class: 'actions' }, go, options.actions),
  );
  root.addEventListener('submit', event => {
    event.preventDefault();
    busyWhile(go, async () => {
      complain(undefined);
      const empty = fields.find(({ input }) => input.required && input.value.trim() === '');
      complain(empty ? { text: t('form.missing'), field: empty } : await act());
    });
  });
  return root;
}

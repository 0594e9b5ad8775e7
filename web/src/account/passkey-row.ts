/** One passkey: what it is, its name, and its end. */

import { type Passkey, removePasskey, renamePasskey } from '@countersign/browser';
import { openDialog } from '../dialog.ts';
import { type Child, h, isolated } from '../dom.ts';
import { field, form } from '../forms.ts';
import { icon } from '../icons.ts';
import { sensitively } from '../sensitive.ts';
import { button } from '../stage.ts';
import { rich, type TextKey, t } from '../texts.ts';
import { day, moment } from '../time.ts';
import { Message, type Owner } from './owner.ts';

/** Longest name in characters; the server cuts nothing off silently that stays within. */
export const NAME_LENGTH = 64;

export interface PasskeyRowOptions {
  owner: Owner;
  passkey: Passkey;
  /** It was removed, under the name that it had then. */
  removed: (name: string) => Promise<void>;
}

/** Makes the row; it replaces itself when the passkey gets another name. */
export function passkeyRow(options: PasskeyRowOptions): HTMLElement {
  const { owner, passkey, removed } = options;
  const { session } = owner;
  const message = new Message();
  const remove = () =>
    message.guard(owner, async () => {
      if (!(await sure(passkey))) return;
      if (await sensitively(session, () => removePasskey(session, passkey.id))) {
        await removed(passkey.name);
      }
    });
  const rename = button(t('device.rename'), () => tools.replaceWith(naming()), 'quiet');
  const out = button(t('passkeys.remove'), remove, 'danger');
  // Which one it is stands beside it for the eye only.
  for (const made of [rename, out]) {
    made.setAttribute('aria-label', `${made.textContent}: ${passkey.name}`);
  }
  const tools = h('div', { class: 'tools' }, rename, out);
  const back = () => {
    root.querySelector('form')?.replaceWith(tools);
    rename.focus();
  };
  const naming = () => renameForm(options, message, back);
  const root = h(
    'li',
    { class: 'device' },
    h(
      'div',
      { class: 'device-name' },
      icon('passkey'),
      h(
        'div',
        {},
        h('h3', {}, isolated(passkey.name)),
        h('p', { class: 'quiet-line' }, t(passkey.synced ? 'passkeys.synced' : 'passkeys.bound')),
      ),
    ),
    h(
      'dl',
      { class: 'facts' },
      fact('passkeys.addedAt', addedAt(passkey)),
      fact('passkeys.usedAt', usedAt(passkey)),
    ),
    message.root,
    tools,
  );
  return root;
}

function addedAt({ created_at, made_on }: Passkey): Child {
  if (made_on === undefined) return day(created_at);
  const time = h('span', {}, day(created_at));
  return rich('passkeys.addedOn', { time, device: isolated(made_on) });
}

function usedAt({ last_used_at }: Passkey): string {
  return last_used_at === undefined ? t('passkeys.unused') : moment(last_used_at);
}

function fact(term: TextKey, value: Child): HTMLElement {
  return h('div', {}, h('dt', {}, t(term)), h('dd', {}, value));
}

function renameForm(options: PasskeyRowOptions, message: Message, back: () => void): HTMLElement {
  const { owner, passkey } = options;
  const name = field(`passkey-${passkey.id}`, t('device.name'), {
    value: passkey.name,
    maxlength: NAME_LENGTH,
    autocomplete: 'off',
  });
  const root: HTMLElement = form({
    fields: [name],
    submit: t('device.save'),
    act: async () => {
      await message.guard(owner, async () => {
        const renamed = await renamePasskey(owner.session, passkey.id, name.input.value.trim());
        const row = passkeyRow({ ...options, passkey: { ...passkey, ...renamed } });
        root.closest('li')?.replaceWith(row);
        owner.stage.announce(t('device.renamed', { name: renamed.name }));
        row.querySelector<HTMLElement>('.tools button')?.focus();
      });
      return undefined;
    },
    actions: button(t('action.cancel'), back, 'quiet'),
  });
  root.addEventListener('keydown', event => {
    if (event.key === 'Escape') back();
  });
  requestAnimationFrame(() => name.input.select());
  return root;
}

async function sure({ name }: Passkey): Promise<boolean> {
  const answer = await openDialog<true>(t('passkeys.sure', { name }), close => {
    const stay = button(t('action.cancel'), () => close(), 'secondary');
    stay.dataset.first = '';
    const go = button(t('passkeys.remove'), () => close(true), 'danger');
    const effects = [h('p', {}, t('passkeys.effect')), h('p', {}, t('passkeys.keeper'))];
    return [...effects, h('div', { class: 'actions' }, go, stay)];
  });
  return answer === true;
}

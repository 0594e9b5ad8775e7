/** One device of the account: what it is, its sign-ins, and what may be done with it. */

import { type KnownDevice, type KnownGrant, renameDevice } from '@countersign/browser';
import { type Child, h, isolated } from '../dom.ts';
import { field, form } from '../forms.ts';
import { icon } from '../icons.ts';
import { button } from '../stage.ts';
import { rich, type TextKey, t } from '../texts.ts';
import { day, moment } from '../time.ts';
import { loseAfterAsking } from './lost.ts';
import { Message, type Owner } from './owner.ts';
import { signOutOf } from './sign-out.ts';
import { ended, howLong, howSignedIn, kindOf } from './words.ts';

/** Longest name in characters; the server cuts nothing off silently that stays within. */
const NAME_LENGTH = 64;

export interface RowOptions {
  owner: Owner;
  device: KnownDevice;
  /** It was signed out, or more: how that went is to be said. */
  signedOut: (said: string) => Promise<void>;
}

/** Makes the row; it replaces itself when the device gets another name. */
export function deviceRow(options: RowOptions): HTMLElement {
  const { owner, device } = options;
  const { session } = owner;
  const message = new Message();
  const name = h('h3', {}, isolated(device.name));
  const signOut = () =>
    message.guard(owner, async () => {
      const answer = await signOutOf(session, device);
      const said = [t('devices.signedOut', { name: device.name }), answer && ended(answer)];
      if (answer) await options.signedOut(said.join(' ').trim());
    });
  const lose = () =>
    message.guard(owner, async () => {
      const answer = await loseAfterAsking(session, device);
      if (!answer) return;
      await options.signedOut(`${t('lost.done', { name: device.name })} ${ended(answer)}`.trim());
    });
  const live = device.grants.length > 0;
  const isPhone = device.grants.some(({ role }) => role === 'phone');
  const rename = button(t('device.rename'), () => tools.replaceWith(naming()), 'quiet');
  const out = button(t('device.signOut'), signOut, 'danger');
  const lost = button(t(isPhone ? 'device.lostPhone' : 'device.lost'), lose, 'danger');
  // Which one it is stands beside it for the eye only.
  for (const made of [rename, out, lost]) {
    made.setAttribute('aria-label', `${made.textContent}: ${device.name}`);
  }
  const others = !device.this_device && [live && out, lost];
  const tools = h('div', { class: 'tools' }, rename, others);
  const naming = () => renameForm(options, message, () => back());
  const back = () => {
    root.querySelector('form')?.replaceWith(tools);
    rename.focus();
  };
  const root = h(
    'li',
    { class: 'device' },
    h(
      'div',
      { class: 'device-name' },
      icon(isPhone ? 'phone' : 'computer'),
      h('div', {}, name, h('p', { class: 'quiet-line' }, kindOf(device), ownName(device))),
      device.this_device && h('span', { class: 'badge' }, t('device.this')),
    ),
    h(
      'dl',
      { class: 'facts' },
      device.grants.map(grant => grantFacts(grant)),
      fact('device.firstSeen', day(device.first_seen)),
      fact('device.lastSeen', moment(device.last_seen)),
    ),
    message.root,
    tools,
  );
  return root;
}

/** What it calls itself, when its owner calls it something else. */
function otherName({ name, own_name }: KnownDevice): string | undefined {
  return own_name && own_name !== name ? own_name : undefined;
}

function ownName(device: KnownDevice): Child {
  const own = otherName(device);
  return own && [' · ', rich('device.ownName', { name: isolated(own) })];
}

function grantFacts(grant: KnownGrant): Child[] {
  return [
    grant.client !== 'countersign' && fact('device.client', isolated(grant.client_name)),
    fact('device.signedIn', howSignedIn(grant)),
    fact('device.until', howLong(grant)),
    grant.role === 'phone' &&
      !grant.may_approve &&
      grant.approves_at !== undefined &&
      fact('device.approves', t(approvesFrom(grant), { time: moment(grant.approves_at) })),
  ];
}

/** Only a wait that is no recovery's can be made shorter. */
function approvesFrom({ how }: KnownGrant): TextKey {
  return how === 'recovery' ? 'device.approvesOnly' : 'device.approvesFrom';
}

function fact(term: TextKey, value: Child): HTMLElement {
  return h('div', {}, h('dt', {}, t(term)), h('dd', {}, value));
}

/** Gives the device a name, or takes it back. */
function renameForm(
  { owner, device, signedOut }: RowOptions,
  message: Message,
  back: () => void,
): HTMLElement {
  const { session } = owner;
  const own = otherName(device);
  const name = field(`name-${device.id}`, t('device.name'), {
    value: device.name,
    maxlength: NAME_LENGTH,
    autocomplete: 'off',
  });
  const call = (to: string | null) =>
    message.guard(owner, async () => {
      const renamed = await renameDevice(session, device.id, to);
      const row = deviceRow({ owner, device: { ...device, ...renamed }, signedOut });
      root.closest('li')?.replaceWith(row);
      owner.stage.announce(t('device.renamed', { name: renamed.name }));
      row.querySelector<HTMLElement>('.tools button')?.focus();
    });
  const root: HTMLElement = form({
    fields: [name],
    submit: t('device.save'),
    act: async () => {
      await call(name.input.value.trim());
      return undefined;
    },
    actions: [
      own && button(t('device.useOwn', { name: own }), () => call(null), 'secondary'),
      button(t('action.cancel'), back, 'quiet'),
    ],
  });
  root.addEventListener('keydown', event => {
    if (event.key === 'Escape') back();
  });
  requestAnimationFrame(() => name.input.select());
  return root;
}

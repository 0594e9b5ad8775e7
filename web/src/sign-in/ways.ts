/** The ways in, side by side: each is one press away from the others. Knows no way. */

import { h } from '../dom.ts';
import { type TextKey, t } from '../texts.ts';

export type Way = 'phone' | 'password' | 'register';

const WORDS: Record<Way, TextKey> = {
  phone: 'ways.phone',
  password: 'ways.password',
  register: 'ways.register',
};

/** What leads to each way that this server offers. */
export type Ways = Partial<Record<Way, () => unknown>>;

/** The switch between them, with the one that is shown marked. */
export function waysSwitch(ways: Ways, shown: Way): HTMLElement {
  const buttons = Object.entries(ways).map(([way, choose]) =>
    h('li', {}, wayButton(way as Way, choose, way === shown)),
  );
  return h('nav', { class: 'ways', 'aria-label': t('ways.label') }, h('ul', {}, buttons));
}

function wayButton(way: Way, choose: () => unknown, shown: boolean): HTMLElement {
  const act = () => {
    if (!shown) choose();
  };
  return h(
    'button',
    { type: 'button', 'aria-current': shown && 'true', on: { click: act } },
    t(WORDS[way]),
  );
}

/** The check code in large digits, and what the desktop does with it. */

import type { ScanContext } from '@countersign/browser';
import { h, isolated } from '../dom.ts';
import { button } from '../stage.ts';
import { rich, t } from '../texts.ts';
import { clock, countDown, type Deadline } from '../time.ts';
import { type Alerts, alerts } from './warnings.ts';

/** Draws the code. `update` says what happens on the desktop meanwhile. */
export function checkCodeView(
  code: string,
  context: ScanContext,
  deadline: () => Deadline,
  stop: () => unknown,
) {
  const digits = [...code];
  const middle = digits.length / 2;
  const boxes = digits.map((digit, index) =>
    h('span', { class: index === middle ? 'digit gap' : 'digit' }, digit),
  );
  const news = h('p', { class: 'news', 'aria-live': 'polite' }, t('code.waiting'));
  const warned = h('div', { class: 'alerts', 'aria-live': 'assertive' });
  const life = h('p', { class: 'life' });
  countDown(life, deadline, left => {
    life.textContent = t('code.left', { time: clock(left) });
  });
  const only = context.client.host
    ? rich('code.onlyHost', { host: isolated(context.client.host, 'strong') })
    : [t('code.onlyApp')];
  const label = t('code.label', { digits: digits.join(' ') });
  const root = h(
    'section',
    { class: 'panel check-code' },
    h('h1', {}, t('code.title')),
    h('p', { class: 'digits', role: 'img', 'aria-label': label, dir: 'ltr' }, boxes),
    h('p', { class: 'only' }, only),
    life,
    warned,
    news,
    h('div', { class: 'actions' }, button(t('code.stop'), stop, 'danger')),
  );
  const update = (wrongCodes: number, now: Alerts) => {
    warned.replaceChildren(...alerts(now));
    news.classList.toggle('bad', wrongCodes > 0);
    if (wrongCodes === 1) news.textContent = t('code.wrongOne');
    if (wrongCodes > 1) news.textContent = t('code.wrongMany', { count: wrongCodes });
  };
  const tell = (text: string) => {
    news.classList.add('bad');
    news.textContent = text;
  };
  return { root, update, tell, announcement: t('code.announce', { digits: digits.join(' ') }) };
}

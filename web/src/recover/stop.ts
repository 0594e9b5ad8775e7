/** Asks before a recovery is given up: its code is spent. */

import { openDialog } from '../dialog.ts';
import { h } from '../dom.ts';
import { button } from '../stage.ts';
import { t } from '../texts.ts';

/** True when it is to be stopped. */
export async function sureToStop(): Promise<boolean> {
  const answer = await openDialog<true>(t('recover.cancelSure'), close => {
    const stay = button(t('recover.cancelStay'), () => close(), 'secondary');
    stay.dataset.first = '';
    const stop = button(t('recover.cancel'), () => close(true), 'danger');
    return [h('p', {}, t('recover.cancelText')), h('div', { class: 'actions' }, stop, stay)];
  });
  return answer === true;
}

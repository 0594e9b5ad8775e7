/** The field for the phrase that was typed on the computer too. Knows no request. */

import { field } from '../forms.ts';
import { t } from '../texts.ts';

/** What counts as a phrase: fewer characters the server would not read. */
const LEAST_CHARACTERS = 4;

/** Makes the field. `changed` is called whenever something was typed. */
export function phraseField(changed: () => void) {
  const attributes = {
    autocomplete: 'off',
    autocapitalize: 'none',
    spellcheck: 'false',
    maxlength: 200,
  };
  const { root, input } = field('phrase', t('phrase.label'), attributes, t('phrase.hint'));
  input.addEventListener('input', () => {
    input.removeAttribute('aria-invalid');
    changed();
  });
  const typed = () => input.value.trim();
  return {
    root,
    typed,
    filled: () => [...typed().replace(/\s+/g, ' ')].length >= LEAST_CHARACTERS,
    complain: () => {
      input.setAttribute('aria-invalid', 'true');
      input.focus();
    },
  };
}

/** What is said of a phrase that is another one than that on the computer. */
export function wrongPhrase(triesLeft: number): string {
  return triesLeft === 1 ? t('phrase.wrongOne') : t('phrase.wrongMany', { tries: triesLeft });
}

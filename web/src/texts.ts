/**
 * The catalogue: every sentence of all pages, one file for each page in `texts/`.
 * Knows no page: a text is found by its key, and a test sees to it that each is used.
 */

import { account } from './texts/account.ts';
import { docs } from './texts/docs.ts';
import { errorTexts } from './texts/errors.ts';
import { phone } from './texts/phone.ts';
import { recover } from './texts/recover.ts';
import { shared } from './texts/shared.ts';
import { signIn } from './texts/sign-in.ts';
import { undo } from './texts/undo.ts';
import { welcome } from './texts/welcome.ts';

export { errorTexts };

/** The language of the texts, for numbers and dates too. */
export const LANGUAGE = 'en';

export const texts = {
  ...shared,
  ...signIn,
  ...phone,
  ...account,
  ...welcome,
  ...recover,
  ...undo,
  ...docs,
} as const;

export type TextKey = keyof typeof texts;
export type Values = Record<string, string | number>;

/** A text with its values put in. */
export function t(key: TextKey, values: Values = {}): string {
  return texts[key].replaceAll(/\{(\w+)\}/g, (whole, name: string) =>
    String(values[name] ?? whole),
  );
}

/** A text whose values are elements: for a name that is to stand out, or must be isolated. */
export function rich(key: TextKey, values: Record<string, Node>): (Node | string)[] {
  return texts[key]
    .split(/(\{\w+\})/)
    .filter(part => part !== '')
    .map(part => values[part.slice(1, -1)] ?? part);
}

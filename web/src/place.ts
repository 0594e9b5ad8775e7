/** Places in words: a country by its name in the page's language. Knows no address. */

import type { Place } from '@countersign/browser';
import { isolated } from './dom.ts';
import { LANGUAGE, rich } from './texts.ts';

/** “near Berlin, Germany”, or “in Germany”. */
export function placeWords({ country, region }: Place): (Node | string)[] {
  const names = { country: isolated(countryName(country)) };
  return region === undefined
    ? rich('place.in', names)
    : rich('place.near', { ...names, region: isolated(region) });
}

/** A code that no browser knows is shown as it is. */
function countryName(code: string): string {
  try {
    return new Intl.DisplayNames([LANGUAGE], { type: 'region' }).of(code) ?? code;
  } catch {
    return code;
  }
}

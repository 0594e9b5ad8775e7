/** What every view of every page must be: readable by all, and in nobody's way. */

import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/** What axe finds against WCAG 2.2 AA and its good practices, in one line each. */
async function findings(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof import('axe-core') };
    const { violations } = await axe.run(document, { resultTypes: ['violations'] });
    return violations.flatMap(rule =>
      rule.nodes.map(node => `${rule.impact} ${rule.id}: ${node.target.join(' ')}`),
    );
  });
}

/** Nothing found, nothing wider than the screen, nothing too small for a finger. */
export async function sound(page: Page): Promise<void> {
  expect(await findings(page)).toEqual([]);
  const measured = await page.evaluate(() => ({
    sideways: document.documentElement.scrollWidth > document.documentElement.clientWidth,
    small: [...document.querySelectorAll<HTMLElement>('button, .button, label.check, label.switch')]
      .filter(element => element.getClientRects().length > 0)
      .filter(element => element.getBoundingClientRect().height < 44)
      .map(element => element.textContent),
  }));
  expect(measured).toEqual({ sideways: false, small: [] });
}

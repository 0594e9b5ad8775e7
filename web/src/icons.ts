/** The few icons of the pages, drawn with lines in the colour of their text. Decoration only. */

import { svg } from './dom.ts';

const PATHS = {
  phone:
    'M8 3h8a1.5 1.5 0 0 1 1.5 1.5v15A1.5 1.5 0 0 1 16 21H8a1.5 1.5 0 0 1-1.5-1.5v-15A1.5 1.5 0 0 1 8 3zM11 18h2',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  cross: 'M6.5 6.5l11 11M17.5 6.5l-11 11',
  clock: 'M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17zM12 7.5V12l3 2',
  offline:
    'M4 9.5a12 12 0 0 1 4-2.4M20 9.5a12 12 0 0 0-8-3M7.5 13a7 7 0 0 1 3-1.6M16.5 13a7 7 0 0 0-1-.8M12 17.5h.01M4 4l16 16',
  warning: 'M12 4.5l8.5 15h-17zM12 10v4.5M12 17h.01',
  computer: 'M4 5h16v11H4zM9 20h6M12 16v4',
  keys: 'M4 7h16v10H4zM8 11h.01M12 11h.01M16 11h.01M9 14h6',
  person: 'M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM4.5 20a7.5 7.5 0 0 1 15 0',
  passkey:
    'M15 3.5a5.5 5.5 0 1 1-1.9 10.7L11.5 16H9.5v2h-2v2H4v-3.5l5.9-5.9A5.5 5.5 0 0 1 15 3.5zM16.5 7.5h.01',
  stop: 'M8.5 3.5h7l5 5v7l-5 5h-7l-5-5v-7zM12 8v5M12 16h.01',
} as const;

export type IconName = keyof typeof PATHS;

export function icon(name: IconName): SVGElement {
  return svg(
    'svg',
    { class: 'icon', viewBox: '0 0 24 24', width: 24, height: 24, 'aria-hidden': 'true' },
    svg('path', { d: PATHS[name] }),
  );
}

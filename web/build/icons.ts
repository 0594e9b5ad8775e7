/**
 * Draws the icons of the installed page at build time: the mark of `src/icon.svg` as PNG, since systems want
 * pictures of fixed sizes and the repository keeps no binaries.
 */

import { PNG } from 'pngjs';
import type { Plugin } from 'vite';

type Point = readonly [number, number];

/** The mark on its field of 32 by 32, as in `src/icon.svg`. */
const LINES: readonly (readonly [Point, Point])[] = [
  [
    [6.5, 16.5],
    [11, 21],
  ],
  [
    [11, 21],
    [20, 10.5],
  ],
  [
    [15.5, 20],
    [16.5, 21],
  ],
  [
    [16.5, 21],
    [25.5, 10.5],
  ],
];
const FIELD = 32;
const CORNER = 9;
const STROKE = 2.6;
const ACCENT: readonly number[] = [0x0b, 0x6b, 0x5a];
const WHITE: readonly number[] = [0xff, 0xff, 0xff];

/** Puts the icons beside the pages. */
export function icons(): Plugin {
  const emitted: [string, Buffer][] = [
    ['icon-192.png', draw(192)],
    ['icon-512.png', draw(512)],
    // Systems cut these to shapes of their own: full to the edge, the mark within the safe circle.
    ['icon-maskable-512.png', draw(512, 0.7)],
    ['apple-touch-icon.png', draw(180, 0.8)],
  ];
  return {
    name: 'icons',
    generateBundle() {
      for (const [fileName, source] of emitted) this.emitFile({ type: 'asset', fileName, source });
    },
  };
}

/** Draws the icon with rounded corners, or with a mark of this part of the width and no corners. */
function draw(side: number, mark?: number): Buffer {
  const png = new PNG({ width: side, height: side });
  const unit = FIELD / side;
  for (let index = 0; index < side * side; index++) {
    const x = ((index % side) + 0.5) * unit;
    const y = (Math.floor(index / side) + 0.5) * unit;
    const shrink = 1 / (mark ?? 1);
    const at: Point = [(x - FIELD / 2) * shrink + FIELD / 2, (y - FIELD / 2) * shrink + FIELD / 2];
    const nearest = Math.min(...LINES.map(line => distance(at, line)));
    const white = coverage(nearest - STROKE / 2, unit * shrink);
    const colour = ACCENT.map((part, i) => part + ((WHITE[i] ?? 0) - part) * white);
    const alpha = mark === undefined ? coverage(outside([x, y]), unit) : 1;
    png.data.set([...colour, alpha * 255].map(Math.round), index * 4);
  }
  return PNG.sync.write(png);
}

/** How much of a pixel is covered by a shape whose edge is so far away; inside is below 0. */
function coverage(edge: number, pixel: number): number {
  return Math.min(1, Math.max(0, 0.5 - edge / pixel));
}

function distance([x, y]: Point, [[ax, ay], [bx, by]]: readonly [Point, Point]): number {
  const [dx, dy] = [bx - ax, by - ay];
  const along = ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy);
  const t = Math.min(1, Math.max(0, along));
  return Math.hypot(x - ax - t * dx, y - ay - t * dy);
}

/** How far outside of the field with its round corners. */
function outside([x, y]: Point): number {
  const half = FIELD / 2 - CORNER;
  const [dx, dy] = [Math.abs(x - FIELD / 2) - half, Math.abs(y - FIELD / 2) - half];
  return Math.hypot(Math.max(dx, 0), Math.max(dy, 0)) + Math.min(Math.max(dx, dy), 0) - CORNER;
}

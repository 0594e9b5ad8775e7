/** Turns a screenshot into what Chromium's fake camera plays: a Y4M film of one still picture. */

import { renameSync, writeFileSync } from 'node:fs';
import { PNG } from 'pngjs';

const WIDTH = 640;
const HEIGHT = 480;
const FRAMES = 4;

/**
 * Writes a PNG as a film, scaled to fill the frame's height or width.
 * Chromium reads the file anew each time a page opens the camera.
 */
export function showToCamera(png: Buffer, film: string): void {
  const luma = scaledLuma(PNG.sync.read(png));
  const chroma = Buffer.alloc((WIDTH * HEIGHT) / 2, 128);
  const frame = Buffer.concat([Buffer.from('FRAME\n'), luma, chroma]);
  const header = Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420\n`);
  // Renamed into place, so that a camera that opens meanwhile never sees half a film.
  writeFileSync(`${film}.new`, Buffer.concat([header, ...Array<Buffer>(FRAMES).fill(frame)]));
  renameSync(`${film}.new`, film);
}

/** A film of plain grey: a camera that sees nothing. */
export function showNothing(film: string): void {
  const png = new PNG({ width: WIDTH, height: HEIGHT });
  png.data.fill(128);
  showToCamera(PNG.sync.write(png), film);
}

/** Averages the source pixels under each pixel of the frame, as a lens would. */
function scaledLuma(png: PNG): Buffer {
  const scale = Math.max(png.width / WIDTH, png.height / HEIGHT);
  const left = (WIDTH - png.width / scale) / 2;
  const top = (HEIGHT - png.height / scale) / 2;
  const luma = Buffer.alloc(WIDTH * HEIGHT, 128);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      luma[y * WIDTH + x] = average(png, (x - left) * scale, (y - top) * scale, scale);
    }
  }
  return luma;
}

function average(png: PNG, x: number, y: number, size: number): number {
  let sum = 0;
  let count = 0;
  for (let py = Math.floor(y); py < y + size; py++) {
    for (let px = Math.floor(x); px < x + size; px++) {
      if (px < 0 || py < 0 || px >= png.width || py >= png.height) continue;
      const at = (py * png.width + px) * 4;
      const [red = 0, green = 0, blue = 0] = png.data.subarray(at, at + 3);
      sum += 0.299 * red + 0.587 * green + 0.114 * blue;
      count++;
    }
  }
  return count === 0 ? 128 : Math.round(sum / count);
}

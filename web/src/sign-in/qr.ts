/** Draws a scan code: black on white with its quiet zone, whatever the theme. Knows no login. */

import { correction, generate, mode } from 'lean-qr';
import { toSvgPath } from 'lean-qr/extras/svg';
import { h, svg } from '../dom.ts';
import { t } from '../texts.ts';

/** ISO/IEC 18004: four modules of white on each side, or readers miss the code. */
const QUIET = 4;

/** A code that can be drawn anew, with a ring around it that shows the life left. */
export class CodeView {
  readonly root: HTMLElement;
  readonly #drawing: SVGSVGElement;
  readonly #life: SVGRectElement;

  constructor(host: string) {
    // The name is words: a screen reader, or who looks at the page's tree, never gets the secret.
    const label = t('byPhone.code', { host });
    this.#drawing = svg('svg', { class: 'code', role: 'img', 'aria-label': label });
    this.#life = ringRect('ring-life');
    this.root = h(
      'div',
      { class: 'code-card' },
      svg('svg', { class: 'ring', 'aria-hidden': 'true' }, ringRect('ring-base'), this.#life),
      h('div', { class: 'code-paper' }, this.#drawing),
    );
  }

  /** Draws this link. */
  draw(link: string): void {
    const code = generate(mode.ascii(link), {
      minCorrectionLevel: correction.M,
      maxCorrectionLevel: correction.M,
    });
    const side = code.size + 2 * QUIET;
    this.#drawing.setAttribute('viewBox', `${-QUIET} ${-QUIET} ${side} ${side}`);
    this.#drawing.replaceChildren(
      svg('rect', { x: -QUIET, y: -QUIET, width: side, height: side, fill: '#fff' }),
      svg('path', { d: toSvgPath(code), fill: '#000', 'shape-rendering': 'crispEdges' }),
    );
  }

  /** Shows how much of its life is left, from 1 to 0. */
  life(share: number): void {
    this.#life.setAttribute('stroke-dashoffset', String(100 * (1 - share)));
  }

  /** Blurs the code while nobody knows whether it is good still. */
  doubt(doubted: boolean): void {
    this.root.classList.toggle('doubted', doubted);
  }

  /** Blurs the code: it is not good any more. */
  retire(): void {
    this.root.classList.add('retired');
    this.#drawing.setAttribute('aria-hidden', 'true');
  }
}

function ringRect(name: string): SVGRectElement {
  return svg('rect', { class: name, pathLength: 100, 'stroke-dasharray': 100 });
}

/** The scanner: camera, picture or pasted link, whichever brings a sign-in code first. */

import { parseScanCode, type ScanCode } from '@countersign/browser';
import { h } from '../dom.ts';
import { sentence } from '../failure.ts';
import { icon } from '../icons.ts';
import { button } from '../stage.ts';
import { t } from '../texts.ts';
import { cameraProblem, eachFrame, startCamera } from './camera.ts';
import { CameraControls } from './camera-controls.ts';
import { Decoder, readPicture } from './decoder.ts';

const decoder = new Decoder();

export interface ScannerOptions {
  issuer: string;
  host: string;
  /** Ends the scanner and lets the camera go. */
  signal: AbortSignal;
  found: (code: ScanCode, from: 'scanner' | 'link') => void;
  back: () => void;
}

export class Scanner {
  readonly root: HTMLElement;
  readonly #options: ScannerOptions;
  readonly #video = h('video', {
    playsinline: true,
    muted: true,
    'aria-label': t('scanner.video'),
  });
  readonly #status = h('p', { class: 'scan-status', 'aria-live': 'polite' });
  readonly #message = h('p', { class: 'scan-message', 'aria-live': 'assertive' });
  readonly #finder = h('div', { class: 'finder' }, this.#video, h('div', { class: 'frame' }));
  readonly #again = button(t('action.retry'), () => this.start(), 'secondary');
  readonly #controls = new CameraControls(deviceId => this.start(deviceId));
  /** The camera that runs; the next one takes its place. */
  #camera = new AbortController();

  constructor(options: ScannerOptions) {
    this.#options = options;
    this.#video.muted = true;
    this.#again.hidden = true;
    const { signal } = options;
    // A page that is left lets the camera go; one that comes back as it was takes it again.
    window.addEventListener('pagehide', () => this.#camera.abort(), { signal });
    const back = ({ persisted }: PageTransitionEvent) => persisted && this.start();
    window.addEventListener('pageshow', back, { signal });
    signal.addEventListener('abort', () => this.#camera.abort(), { once: true });
    this.root = h(
      'section',
      { class: 'panel scanner' },
      h('h1', {}, t('scanner.title')),
      h('p', {}, t('scanner.text')),
      this.#finder,
      this.#status,
      this.#controls.root,
      h(
        'div',
        { class: 'actions' },
        this.#again,
        this.#pictureButton(),
        this.#pasteForm(),
        this.#message,
        button(t('action.back'), options.back, 'quiet'),
      ),
    );
  }

  /** Asks for the camera and looks for a code until one is found. */
  async start(deviceId?: string): Promise<void> {
    this.#camera.abort();
    if (this.#options.signal.aborted) return;
    this.#camera = new AbortController();
    const { signal } = this.#camera;
    this.#again.hidden = true;
    this.#finder.hidden = false;
    this.#say(t('scanner.starting'));
    decoder.warmUp();
    try {
      const stream = await startCamera(this.#video, signal, deviceId);
      if (!stream || signal.aborted) return;
      this.#say(t('scanner.looking'));
      await this.#controls.show(stream);
      await eachFrame(this.#video, signal, frame => this.#look(frame, signal));
    } catch (error) {
      if (signal.aborted) return;
      this.#controls.hide();
      this.#finder.hidden = true;
      this.#again.hidden = false;
      this.#say(t(cameraProblem(error)), true);
    }
  }

  async #look(frame: HTMLVideoElement, signal: AbortSignal): Promise<void> {
    const texts = await decoder.read(frame);
    if (signal.aborted) return;
    const code = texts.map(this.#ours).find(found => found !== undefined);
    if (code) this.#options.found(code, 'scanner');
    else if (texts.length > 0) this.#say(t('scanner.foreign', { host: this.#options.host }));
  }

  readonly #ours = (text: string): ScanCode | undefined => {
    try {
      return parseScanCode(text, this.#options.issuer);
    } catch {
      return undefined; // a code of something else
    }
  };

  #pictureButton(): HTMLElement {
    const input = h('input', {
      type: 'file',
      accept: 'image/*',
      class: 'visually-hidden',
      id: 'picture',
    });
    input.addEventListener('change', () => {
      const file = input.files?.[0];
      if (file) this.#readFile(file);
      input.value = '';
    });
    const label = h('label', { class: 'button secondary', for: 'picture' }, t('scanner.picture'));
    return h('div', { class: 'picture' }, input, label);
  }

  async #readFile(file: File): Promise<void> {
    this.#message.textContent = t('scanner.reading');
    try {
      const code = await readPicture(decoder, file, this.#ours);
      if (this.#options.signal.aborted) return;
      // A picture may have been sent by anyone, like a link.
      if (code) this.#options.found(code, 'link');
      else this.#message.textContent = t('scanner.pictureNone');
    } catch {
      this.#message.textContent = t('scanner.pictureBad');
    }
  }

  #pasteForm(): HTMLElement {
    const field = h('input', {
      id: 'pasted',
      type: 'text',
      inputmode: 'url',
      autocomplete: 'off',
      autocapitalize: 'off',
      spellcheck: 'false',
      required: true,
    });
    const form = h(
      'form',
      { class: 'paste', novalidate: true },
      h('label', { for: 'pasted' }, t('scanner.pasteLabel')),
      field,
      h('button', { class: 'button secondary', type: 'submit' }, t('scanner.pasteAction')),
    );
    form.addEventListener('submit', event => {
      event.preventDefault();
      this.#takeText(field.value.trim());
      field.focus();
    });
    const box = h(
      'details',
      { class: 'paste-box' },
      h('summary', { class: 'button secondary' }, t('scanner.paste')),
      form,
    );
    box.addEventListener('toggle', () => {
      if (box.open) field.focus();
    });
    return box;
  }

  #takeText(text: string): void {
    const { issuer, found } = this.#options;
    try {
      found(parseScanCode(text, issuer), 'link');
    } catch (error) {
      const start = `${issuer}/q#`;
      this.#message.textContent = text ? sentence(error) : t('scanner.pasteEmpty', { start });
    }
  }

  #say(text: string, bad = false): void {
    this.#status.replaceChildren(...(bad ? [icon('warning')] : []), h('span', {}, text));
    this.#status.classList.toggle('bad', bad);
  }
}

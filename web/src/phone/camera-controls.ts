/** What a camera offers beside its picture: a light, and other cameras. Shows only what this phone has. */

import { h } from '../dom.ts';
import { button } from '../stage.ts';
import { t } from '../texts.ts';

/** Browsers that have a light say so here; the standard's types don't know it yet. */
type WithTorch = MediaTrackCapabilities & { torch?: boolean };

export class CameraControls {
  /** Empty while there is nothing to choose. */
  readonly root = h('div', { class: 'camera-controls' });
  readonly #choose: (deviceId: string) => unknown;

  /** `choose` starts another camera. */
  constructor(choose: (deviceId: string) => unknown) {
    this.#choose = choose;
  }

  /** Shows what this camera has, and which others there are. */
  async show(stream: MediaStream): Promise<void> {
    const [track] = stream.getVideoTracks();
    const controls = track ? [await this.#cameras(track), torch(track)] : [];
    this.root.replaceChildren(...controls.filter(control => control !== undefined));
  }

  hide(): void {
    this.root.replaceChildren();
  }

  async #cameras(track: MediaStreamTrack): Promise<HTMLElement | undefined> {
    const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
    const cameras = devices.filter(({ kind }) => kind === 'videoinput');
    if (cameras.length < 2) return undefined;
    const current = track.getSettings().deviceId;
    const options = cameras.map(({ deviceId, label }, index) =>
      h(
        'option',
        { value: deviceId, selected: deviceId === current },
        label || t('camera.number', { number: index + 1 }),
      ),
    );
    const select = h('select', { id: 'camera' }, options);
    select.addEventListener('change', () => this.#choose(select.value));
    return h('div', { class: 'field' }, h('label', { for: 'camera' }, t('camera.choice')), select);
  }
}

function torch(track: MediaStreamTrack): HTMLElement | undefined {
  const capabilities: WithTorch = track.getCapabilities?.() ?? {};
  if (!capabilities.torch) return undefined;
  const light: HTMLButtonElement = button(t('camera.light'), () => turn(!lit()), 'secondary');
  const lit = () => light.getAttribute('aria-pressed') === 'true';
  light.setAttribute('aria-pressed', 'false');
  const turn = async (on: boolean) => {
    const wish: MediaTrackConstraints = { advanced: [{ torch: on } as MediaTrackConstraintSet] };
    await track.applyConstraints(wish);
    light.setAttribute('aria-pressed', String(on));
  };
  return light;
}

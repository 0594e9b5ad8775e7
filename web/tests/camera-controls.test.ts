import { afterEach, expect, test, vi } from 'vitest';
import { CameraControls } from '../src/phone/camera-controls.ts';
import { find } from './page.ts';

afterEach(() => vi.unstubAllGlobals());

/** A camera as a browser describes it: no test machine has a light. */
function camera({ torch = false, cameras = 1 }) {
  const applyConstraints = vi.fn(async () => undefined);
  const track = {
    getCapabilities: () => ({ torch }),
    getSettings: () => ({ deviceId: 'camera-1' }),
    applyConstraints,
  };
  const devices = [
    { kind: 'audioinput', deviceId: 'm', label: 'Microphone' },
    ...Array.from({ length: cameras }, (_, index) => ({
      kind: 'videoinput',
      deviceId: `camera-${index}`,
      label: index === 0 ? 'Front' : '',
    })),
  ];
  vi.stubGlobal('navigator', { mediaDevices: { enumerateDevices: async () => devices } });
  const stream = { getVideoTracks: () => [track] } as unknown as MediaStream;
  return { stream, applyConstraints };
}

test('one camera without a light has nothing to choose', async () => {
  const controls = new CameraControls(vi.fn());
  await controls.show(camera({}).stream);
  expect(controls.root.childElementCount).toBe(0);
});

test('of several cameras another one can be chosen', async () => {
  const choose = vi.fn();
  const controls = new CameraControls(choose);
  await controls.show(camera({ cameras: 2 }).stream);
  const select = find<HTMLSelectElement>(controls.root, 'select');
  expect([...select.options].map(option => option.textContent)).toEqual(['Front', 'Camera 2']);
  expect(select.value).toBe('camera-1');
  select.value = 'camera-0';
  select.dispatchEvent(new Event('change'));
  expect(choose).toHaveBeenCalledExactlyOnceWith('camera-0');
});

test('a light is turned on and off, and says which', async () => {
  const controls = new CameraControls(vi.fn());
  const { stream, applyConstraints } = camera({ torch: true });
  await controls.show(stream);
  const light = find(controls.root, 'Light');
  for (const on of [true, false]) {
    light.click();
    await vi.waitFor(() => expect(light.getAttribute('aria-pressed')).toBe(String(on)));
    expect(applyConstraints).toHaveBeenLastCalledWith({ advanced: [{ torch: on }] });
    await vi.waitFor(() => expect(light.hasAttribute('aria-disabled')).toBe(false));
  }
  controls.hide();
  expect(controls.root.childElementCount).toBe(0);
});

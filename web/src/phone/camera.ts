/** The phone's camera: started, watched frame by frame, and let go. Knows no code. */

import type { TextKey } from '../texts.ts';

/** Milliseconds of rest after each frame read: quick enough for a hand, and the phone stays cool. */
const REST = 60;

/**
 * Starts a camera into this video, the back one unless said. Asks the person for it. Ends with the signal.
 * Gives nothing when the signal was quicker.
 */
export async function startCamera(
  video: HTMLVideoElement,
  signal: AbortSignal,
  deviceId?: string,
): Promise<MediaStream | undefined> {
  if (!navigator.mediaDevices?.getUserMedia) throw new DOMException('none', 'NotFoundError');
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: false,
    video: {
      ...(deviceId ? { deviceId: { exact: deviceId } } : { facingMode: 'environment' }),
      width: { ideal: 1280 },
      height: { ideal: 720 },
    },
  });
  const stop = () => {
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  };
  if (signal.aborted) {
    stop();
    return undefined;
  }
  signal.addEventListener('abort', stop, { once: true });
  video.srcObject = stream;
  await video.play();
  return stream;
}

/** Hands over each frame until the signal ends it. */
export async function eachFrame(
  video: HTMLVideoElement,
  signal: AbortSignal,
  look: (frame: HTMLVideoElement) => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    await nextFrame(video);
    if (!signal.aborted && video.videoWidth > 0) await look(video);
    await new Promise(resolve => setTimeout(resolve, REST));
  }
}

function nextFrame(video: HTMLVideoElement): Promise<unknown> {
  if ('requestVideoFrameCallback' in video) {
    // A camera that is let go sends no more frames; the timeout lets the loop see that.
    return Promise.race([
      new Promise(resolve => video.requestVideoFrameCallback(resolve)),
      new Promise(resolve => setTimeout(resolve, 1000)),
    ]);
  }
  return new Promise(resolve => setTimeout(resolve, REST));
}

/** What to say when the camera can't be had. */
export function cameraProblem(error: unknown): TextKey {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'camera.refused';
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'camera.none';
  if (name === 'NotReadableError' || name === 'AbortError') return 'camera.busy';
  return 'camera.failed';
}

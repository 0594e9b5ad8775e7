/** Finds QR codes in pictures: the browser's own reader, else one that is loaded when needed. */

/** What both readers have in common, of the Barcode Detection API. */
interface Reader {
  detect(source: ImageBitmapSource): Promise<{ rawValue: string }[]>;
}

interface ReaderClass {
  new (options: { formats: string[] }): Reader;
  getSupportedFormats(): Promise<string[]>;
}

const QR = { formats: ['qr_code'] };

/** Reads codes out of a video, a picture or pixels. */
export class Decoder {
  #reader: Promise<Reader> | undefined;
  #native = true;

  /** Starts loading the reader before it is needed. */
  warmUp(): void {
    this.#open().catch(() => undefined); // the first `read` tells
  }

  /** The texts of all QR codes in it. */
  async read(source: ImageBitmapSource): Promise<string[]> {
    try {
      return await this.#detect(source);
    } catch (error) {
      // Some systems offer the API without the service behind it: they fail at the first use.
      if (!this.#native) throw error;
      this.#native = false;
      this.#reader = undefined;
      return this.#detect(source);
    }
  }

  async #detect(source: ImageBitmapSource): Promise<string[]> {
    const reader = await this.#open();
    return (await reader.detect(source)).map(code => code.rawValue);
  }

  #open(): Promise<Reader> {
    this.#reader ??= this.#load();
    return this.#reader;
  }

  async #load(): Promise<Reader> {
    const native = (globalThis as { BarcodeDetector?: ReaderClass }).BarcodeDetector;
    if (this.#native && native && (await native.getSupportedFormats()).includes('qr_code')) {
      return new native(QR);
    }
    this.#native = false;
    const [{ BarcodeDetector, prepareZXingModule }, { default: wasm }] = await Promise.all([
      import('barcode-detector/ponyfill'),
      import('zxing-wasm/reader/zxing_reader.wasm?url'),
    ]);
    // The library would fetch its program from a public network; ours comes from our own host.
    prepareZXingModule({ overrides: { locateFile: () => wasm } });
    return new BarcodeDetector({ formats: ['qr_code'] }) as Reader;
  }
}

/** Sides in pixels at which a picture is tried: most codes are found small, and small is quick. */
const SIDES = [1000, 2000, 4000];

/**
 * Finds the first text in a picture that `accept` takes.
 * Throws `TypeError` or a `DOMException` when the file is no picture that the browser can read.
 */
export async function readPicture<T>(
  decoder: Decoder,
  file: Blob,
  accept: (text: string) => T | undefined,
): Promise<T | undefined> {
  const picture = await createImageBitmap(file);
  try {
    const longest = Math.max(picture.width, picture.height);
    for (const side of SIDES) {
      for (const text of await decoder.read(pixels(picture, Math.min(1, side / longest)))) {
        const found = accept(text);
        if (found !== undefined) return found;
      }
      if (longest <= side) return undefined;
    }
    return undefined;
  } finally {
    picture.close();
  }
}

function pixels(picture: ImageBitmap, scale: number): ImageData {
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new TypeError('no canvas');
  // Transparent pictures: a black code on nothing would be black on black.
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

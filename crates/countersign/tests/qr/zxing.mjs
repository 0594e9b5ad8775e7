// Reads QR codes with the decoder that the phone page uses, for the tests beside this file.
// Standard input: picture files, each after its length as 4 bytes (big-endian). Standard output: for each the same way
// the bytes of its code, none where none was found.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';

const wasmFile = createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm');
const wasm = readFileSync(wasmFile);
const wasmBinary = wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.byteLength);
await prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true });

const pictures = readFileSync(0);
for (let start = 0; start < pictures.length; ) {
  const end = start + 4 + pictures.readUInt32BE(start);
  const [found] = await readBarcodes(pictures.subarray(start + 4, end), { formats: ['QRCode'] });
  const bytes = found?.bytes ?? new Uint8Array();
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  process.stdout.write(Buffer.concat([length, bytes]));
  start = end;
}

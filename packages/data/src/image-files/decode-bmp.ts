import type { Image } from '../dataset/image-source.js';

const HEADER = 14;
/** Compressions: none; and, of 32 bits, masks that say where the colours are. */
const PLAIN = 0;
const MASKS = 3;
/** Where red, green and blue are in a pixel of blue, green, red and one byte more. */
const USUAL_MASKS = [0xff0000, 0xff00, 0xff];

/**
 * Red, green and blue of a Windows bitmap of 1, 4, 8, 24 or 32 bits a pixel, which sharp does not read. A fourth byte of a
 * pixel is left out, as Pillow leaves it out for `convert('RGB')`.
 *
 * @throws Error if it is cut off, compressed, or of another kind
 */
export function decodeBmp(bytes: Uint8Array): Image {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER + 40) throw new Error('its header is cut off');
  const headerSize = view.getUint32(HEADER, true);
  const [width, signedHeight] = [view.getInt32(18, true), view.getInt32(22, true)];
  const [bits, compression] = [view.getUint16(28, true), view.getUint32(30, true)];
  const hasUsualMasks = () => USUAL_MASKS.every((mask, i) => view.getUint32(54 + 4 * i, true) === mask);
  const isPlain =
    compression === PLAIN || (compression === MASKS && bits === 32 && bytes.length >= 66 && hasUsualMasks());
  if (headerSize < 40 || ![1, 4, 8, 24, 32].includes(bits) || !isPlain) {
    throw new Error(
      `it is a bitmap of ${bits} bits with compression ${compression}, of which only plain ones are read`,
    );
  }
  const height = Math.abs(signedHeight);
  const start = view.getUint32(10, true);
  const lineBytes = Math.ceil((width * bits) / 32) * 4;
  if (width < 1 || height < 1) throw new Error(`it has ${width} x ${height} pixels`);
  if (start + lineBytes * height > bytes.length) {
    throw new Error(`it ends ${start + lineBytes * height - bytes.length} bytes too early`);
  }
  const palette = HEADER + headerSize;
  const data = new Uint8Array(height * width * 3);
  let to = 0;
  for (let y = 0; y < height; y++) {
    // The last line comes first, unless the height is negative.
    const line = start + lineBytes * (signedHeight > 0 ? height - 1 - y : y);
    for (let x = 0; x < width; x++) {
      const at = bits > 8 ? line + (x * bits) / 8 : palette + 4 * indexAt(bytes, line, x, bits);
      for (let channel = 2; channel >= 0; channel--) data[to++] = bytes[at + channel]!;
    }
  }
  return { data, height, width, channels: 3 };
}

/** The place in the palette of pixel `x` of a line; the leftmost pixel of a byte has its highest bits. */
function indexAt(bytes: Uint8Array, line: number, x: number, bits: number): number {
  const bit = x * bits;
  return (bytes[line + (bit >> 3)]! >> (8 - bits - (bit & 7))) & ((1 << bits) - 1);
}

import type { Image } from '../dataset/image-source.js';

/**
 * Red, green and blue of a netpbm file (.pbm, .pgm, .ppm; P1 to P6), which sharp does not read. Levels are scaled from those
 * of the file to 0..255.
 *
 * @throws Error if it is cut off, or none
 */
export function decodeNetpbm(bytes: Uint8Array): Image {
  const kind = bytes[1]! - 0x30;
  const isText = kind <= 3;
  const isBitmap = kind === 1 || kind === 4;
  const channels = kind === 3 || kind === 6 ? 3 : 1;
  const words = wordReader(bytes, 2);
  const [width, height] = [words.number(), words.number()];
  const maximum = isBitmap ? 1 : words.number();
  if (!(width >= 1 && height >= 1 && maximum >= 1 && maximum <= 65535)) {
    throw new Error(`its header must have sides and a maximum from 1, got ${width} x ${height} and ${maximum}`);
  }
  const count = width * height * channels;
  // One white space ends the header.
  const start = words.at + 1;
  const levelBytes = maximum > 255 ? 2 : 1;
  const needed = isBitmap ? Math.ceil(width / 8) * height : count * levelBytes;
  if (!isText && start + needed > bytes.length) {
    throw new Error(`it ends ${start + needed - bytes.length} bytes too early`);
  }
  const level = (i: number): number => {
    if (isText) return isBitmap ? 1 - words.digit() : words.number();
    if (isBitmap) {
      const [x, y] = [i % width, Math.floor(i / width)];
      return 1 - ((bytes[start + y * Math.ceil(width / 8) + (x >> 3)]! >> (7 - (x & 7))) & 1);
    }
    return levelBytes === 1 ? bytes[start + i]! : bytes[start + 2 * i]! * 256 + bytes[start + 2 * i + 1]!;
  };
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < count; i++) {
    const value = level(i);
    if (!(value <= maximum)) throw new Error(`it must hold levels to ${maximum}, got ${value} at ${i}`);
    const byte = Math.round((value * 255) / maximum);
    if (channels === 3) data[i] = byte;
    else data.fill(byte, 3 * i, 3 * i + 3);
  }
  return { data, height, width, channels: 3 };
}

/** Reads numbers in digits, passing over white space and comments. */
function wordReader(bytes: Uint8Array, start: number) {
  let at = start;
  const skip = () => {
    for (; at < bytes.length; at++) {
      if (bytes[at] === 0x23) while (at < bytes.length && bytes[at] !== 0x0a) at++;
      else if (bytes[at]! > 0x20) return;
    }
  };
  const digit = (): number => {
    skip();
    return digitOf(bytes[at++]);
  };
  return {
    /** The place after the last number. */
    get at(): number {
      return at;
    },
    digit,
    number(): number {
      let value = digit();
      while (at < bytes.length && bytes[at]! >= 0x30 && bytes[at]! <= 0x39) value = value * 10 + digitOf(bytes[at++]);
      return value;
    },
  };
}

function digitOf(byte: number | undefined): number {
  if (byte !== undefined && byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  throw new Error(byte === undefined ? 'it is cut off' : 'it must hold numbers in digits');
}

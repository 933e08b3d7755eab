/** What decides how a file is decoded: `'cmyk'` a JPEG of four inks, `'other'` all that sharp makes colours of by itself. */
export type KindOfImage = 'bmp' | 'netpbm' | 'tiff' | 'cmyk' | 'other';

/** Tells the kind of an image file by its first bytes, and of a JPEG by its frame header. */
export function kindOfImage(bytes: Uint8Array): KindOfImage {
  const [first, second, third] = bytes;
  if (first === 0x42 && second === 0x4d) return 'bmp';
  if (first === 0x50 && second! >= 0x31 && second! <= 0x36 && isSpace(third)) return 'netpbm';
  if ((first === 0x49 && second === 0x49) || (first === 0x4d && second === 0x4d)) return 'tiff';
  if (first === 0xff && second === 0xd8) return componentsOf(bytes) === 4 ? 'cmyk' : 'other';
  return 'other';
}

/** White space or a comment, which follow the magic number of a netpbm file. */
const isSpace = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x23 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d);

/** Components of a JPEG's frame; undefined where none is found. */
function componentsOf(bytes: Uint8Array): number | undefined {
  for (let at = 2; at + 9 < bytes.length && bytes[at] === 0xff; ) {
    const marker = bytes[at + 1]!;
    // Bytes of 0xff may fill up the space before a marker.
    if (marker === 0xff) {
      at++;
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) return bytes[at + 9];
    at += 2 + bytes[at + 2]! * 256 + bytes[at + 3]!;
  }
  return undefined;
}

const ORIENTATION = 0x0112;
const SHORT = 3;

/** The orientation that EXIF data give, 1 where they give none; undefined where they are broken. */
export function exifOrientation(data: Uint8Array): number | undefined {
  if (data.length < 8) return undefined;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const isLittleEndian = data[0] === 0x49;
  const order = view.getUint16(0);
  if ((order !== 0x4949 && order !== 0x4d4d) || view.getUint16(2, isLittleEndian) !== 42) return undefined;
  const directory = view.getUint32(4, isLittleEndian);
  if (directory + 2 > data.length) return undefined;
  const count = view.getUint16(directory, isLittleEndian);
  if (directory + 2 + 12 * count > data.length) return undefined;
  for (let at = directory + 2; at < directory + 2 + 12 * count; at += 12) {
    if (view.getUint16(at, isLittleEndian) !== ORIENTATION) continue;
    const isOneShort = view.getUint16(at + 2, isLittleEndian) === SHORT && view.getUint32(at + 4, isLittleEndian) === 1;
    return isOneShort ? view.getUint16(at + 8, isLittleEndian) : undefined;
  }
  return 1;
}

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Where a file of a tar archive is in it. */
export interface TarEntry {
  readonly name: string;
  readonly start: number;
  readonly length: number;
}

const BLOCK = 512;
const CHECKSUM = { start: 148, end: 156 };

/**
 * Lists the regular files of an uncompressed tar archive, reading only their headers: ustar, with long names as GNU tar and
 * as POSIX (pax) write them.
 *
 * @throws RangeError if it is no tar archive, or is cut off
 */
export function tarIndex(path: string): TarEntry[] {
  const file = openSync(path, 'r');
  try {
    return [...listEntries(file, path)];
  } finally {
    closeSync(file);
  }
}

function* listEntries(file: number, path: string): Generator<TarEntry> {
  const { size } = fstatSync(file);
  const header = Buffer.alloc(BLOCK);
  // What the extended headers say of the next file.
  let longName: string | undefined;
  let longSize: number | undefined;
  for (let at = 0; ; ) {
    if (readSync(file, header, 0, BLOCK, at) < BLOCK) {
      throw new RangeError(
        `tarShards: ${path} must end with an empty block, and ends at byte ${size}. It is cut off: fetch it again.`,
      );
    }
    if (header.every((byte) => byte === 0)) return;
    assertChecksum(header, path, at);
    const start = at + BLOCK;
    const length = longSize ?? numberAt(header, 124, 12);
    const type = String.fromCharCode(header[156]!);
    if (start + length > size) {
      throw new RangeError(
        `tarShards: ${path} must hold ${length} bytes of an entry at ${start}, and ends at byte ${size}. It is cut off: fetch it again.`,
      );
    }
    if (type === 'L') {
      longName = textAt(readBlock(file, start, length), 0, length);
    } else if (type === 'x') {
      const records = paxRecords(readBlock(file, start, length));
      longName = records.get('path') ?? longName;
      longSize = records.has('size') ? Number(records.get('size')) : undefined;
    } else if (type !== 'g' && type !== 'K') {
      // '\0' is how tar before POSIX wrote a regular file.
      if (type === '0' || type === '\0') yield { name: longName ?? ustarName(header), start, length };
      longName = undefined;
      longSize = undefined;
    }
    at = start + Math.ceil(length / BLOCK) * BLOCK;
  }
}

/** The checksum is the sum of the header's bytes, its own taken as spaces. */
function assertChecksum(header: Buffer, path: string, at: number): void {
  let sum = 0;
  for (const [i, byte] of header.entries()) sum += i >= CHECKSUM.start && i < CHECKSUM.end ? 0x20 : byte;
  if (sum === numberAt(header, CHECKSUM.start, CHECKSUM.end - CHECKSUM.start)) return;
  const isGzip = at === 0 && header[0] === 0x1f && header[1] === 0x8b;
  throw new RangeError(
    `tarShards: ${path} must be an uncompressed tar archive, got ${isGzip ? 'one compressed with gzip: images are read at random, so unpack it with gunzip' : `no header at byte ${at}`}.`,
  );
}

function readBlock(file: number, start: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  readSync(file, bytes, 0, length, start);
  return bytes;
}

/** A number in octal digits; or, GNU's for large files, in binary after a byte of 0x80. */
function numberAt(header: Buffer, start: number, length: number): number {
  if (header[start] === 0x80) {
    return header.subarray(start + 1, start + length).reduce((value, byte) => value * 256 + byte, 0);
  }
  return Number.parseInt(textAt(header, start, length).trim() || '0', 8);
}

function textAt(bytes: Buffer, start: number, length: number): string {
  const [text] = bytes.toString('utf8', start, start + length).split('\0');
  return text!;
}

function ustarName(header: Buffer): string {
  const [name, prefix] = [textAt(header, 0, 100), textAt(header, 345, 155)];
  const isUstar = textAt(header, 257, 5) === 'ustar';
  return isUstar && prefix !== '' && header[262] === 0 ? `${prefix}/${name}` : name;
}

/** Records "LENGTH KEY=VALUE\n", whose length counts all of them. */
function paxRecords(bytes: Buffer): Map<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const length = Number(bytes.toString('latin1', at, space));
    if (space < 0 || !(length > 0)) break;
    const [key, ...value] = bytes.toString('utf8', space + 1, at + length - 1).split('=');
    records.set(key!, value.join('='));
    at += length;
  }
  return records;
}

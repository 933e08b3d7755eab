import { isUtf8 } from 'node:buffer';

const CHECKSUM = { start: 148, end: 156 };

export const isZero = (block: Buffer): boolean => block.every((byte) => byte === 0);

/** Whether a header's checksum is right: the sum of its bytes, its own taken as spaces; old tars took bytes for signed. */
export function isChecked(header: Buffer): boolean {
  let [sum, signed] = [0, 0];
  for (let i = 0; i < header.length; i++) {
    const byte = i >= CHECKSUM.start && i < CHECKSUM.end ? 0x20 : header[i]!;
    sum += byte;
    signed += byte < 128 ? byte : byte - 256;
  }
  const stored = numberAt(header, CHECKSUM.start, CHECKSUM.end - CHECKSUM.start);
  return stored === sum || stored === signed;
}

/** A number in octal digits; or, GNU's for large files, in binary after a byte of 0x80. */
export function numberAt(header: Buffer, start: number, length: number): number {
  if (header[start] === 0x80) {
    return header.subarray(start + 1, start + length).reduce((value, byte) => value * 256 + byte, 0);
  }
  return Number.parseInt(textAt(header, start, length).trim() || '0', 8);
}

/** A text up to its first zero. */
export function textAt(bytes: Buffer, start: number, length: number): string {
  const field = bytes.subarray(start, start + length);
  const zero = field.indexOf(0);
  return textOf(zero < 0 ? field : field.subarray(0, zero));
}

/** UTF-8; of older archives a character for each byte, so that names that differ stay apart. */
const textOf = (bytes: Buffer): string => bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1');

/** The name in a header, with the folder that ustar keeps apart from it. */
export function memberName(header: Buffer): string {
  const [name, prefix] = [textAt(header, 0, 100), textAt(header, 345, 155)];
  const isUstar = textAt(header, 257, 5) === 'ustar';
  return isUstar && prefix !== '' && header[262] === 0 ? `${prefix}/${name}` : name;
}

/** The name that a link leads to. */
export const linkName = (header: Buffer): string => textAt(header, 157, 100);

/** Records "LENGTH KEY=VALUE\n" of an extended header, whose length counts all of them. */
export function paxRecords(bytes: Buffer): Map<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const length = Number(bytes.toString('latin1', at, space));
    if (space < 0 || !(length > 0)) break;
    const [key, ...value] = textOf(bytes.subarray(space + 1, at + length - 1)).split('=');
    records.set(key!, value.join('='));
    at += length;
  }
  return records;
}

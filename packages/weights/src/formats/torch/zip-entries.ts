import { type ByteRange, type ByteSource, show, TensorFileError } from '@nfnets/safetensors';

/** Bytes of the largest table of contents: a thousand times that of the largest published file. */
const LARGEST_DIRECTORY = 1 << 26;
/** Files in an archive; the largest published checkpoint has some 1,500. */
const MOST_FILES = 100_000;
const END_BYTES = 22;
const LONGEST_COMMENT = 0xffff;

/** Where a file of an archive lies. */
export interface ZipEntry extends ByteRange {
  /** Why it cannot be read: only stored files can, which cannot swell and are read from any place. */
  readonly flaw?: string;
}

/**
 * Lists the files of a zip archive by name, each as where its bytes lie. Reads the table of contents alone, and each file's
 * own header.
 *
 * @throws TensorFileError when a file lies outside or on another, or has another's name.
 *
 * Source: PKWARE's APPNOTE 6.3.10, sections 4.3 and 4.5.
 */
export async function zipEntries(source: ByteSource): Promise<ReadonlyMap<string, ZipEntry>> {
  const refuse = (reason: string): never => {
    throw new TensorFileError(`${source.label}: not a sound zip archive: ${reason}.`);
  };
  const { offset, length, count } = await findDirectory(source, refuse);
  if (offset + length > source.size || length > LARGEST_DIRECTORY) refuse('its table of contents lies outside of it');
  if (count > MOST_FILES) refuse(`it has ${count} files`);
  const view = new DataView((await source.read(offset, length)).buffer);
  const places: { name: string; header: number; nameLength: number; length: number; flaw?: string }[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > length || view.getUint32(at, true) !== 0x02014b50) refuse('its table of contents is broken');
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const next = at + 46 + nameLength + extraLength + view.getUint16(at + 32, true);
    if (next > length) refuse('its table of contents is broken');
    const name = new TextDecoder().decode(new Uint8Array(view.buffer, at + 46, nameLength));
    const flaw =
      (view.getUint16(at + 8, true) & 1) === 1
        ? 'is encrypted'
        : view.getUint16(at + 10, true) !== 0
          ? 'is compressed, which torch.save never does. Load the file with torch.load, and save it again'
          : undefined;
    const wide = zip64Fields(view, at + 46 + nameLength, extraLength);
    const size = wide(view.getUint32(at + 24, true)) ?? refuse(`${show(name)} has no size`);
    const stored = wide(view.getUint32(at + 20, true)) ?? refuse(`${show(name)} has no size`);
    const header = wide(view.getUint32(at + 42, true)) ?? refuse(`${show(name)} has no place`);
    if (size !== stored && flaw === undefined) refuse(`${show(name)} is stored as ${stored} bytes and claims ${size}`);
    places.push({ name, header, nameLength, length: stored, ...(flaw && { flaw }) });
    at = next;
  }
  const entries = new Map<string, ZipEntry>();
  let end = 0;
  for (const { name, header, nameLength, length, flaw } of places.sort((a, b) => a.header - b.header)) {
    if (header < end) refuse(`${show(name)} overlaps the file before it`);
    if (header + 30 + nameLength + length > offset) refuse(`${show(name)} reaches past the end`);
    const local = new DataView((await source.read(header, 30)).buffer);
    if (local.getUint32(0, true) !== 0x04034b50) refuse(`${show(name)} is not where it should be`);
    const begin = header + 30 + local.getUint16(26, true) + local.getUint16(28, true);
    end = begin + length;
    if (end > offset) refuse(`${show(name)} reaches past the end`);
    if (entries.has(name)) refuse(`it has ${show(name)} twice`);
    entries.set(name, { offset: begin, length, ...(flaw && { flaw }) });
  }
  return entries;
}

/** Where the table of contents is: the archive ends with a record that tells, and a comment of any length. */
async function findDirectory(source: ByteSource, refuse: (reason: string) => never) {
  const length = Math.min(source.size, END_BYTES + LONGEST_COMMENT);
  const tail = new DataView((await source.read(source.size - length, length)).buffer);
  for (let at = length - END_BYTES; at >= 0; at--) {
    if (tail.getUint32(at, true) !== 0x06054b50) continue;
    const count = tail.getUint16(at + 10, true);
    const directory = { length: tail.getUint32(at + 12, true), offset: tail.getUint32(at + 16, true) };
    const isWide = count === 0xffff || directory.length === 0xffffffff || directory.offset === 0xffffffff;
    if (!isWide) return { ...directory, count };
    // The wide record is named by a locator of 20 bytes in front of the narrow one.
    if (at < 20 || tail.getUint32(at - 20, true) !== 0x07064b50) break;
    const place = Number(tail.getBigUint64(at - 12, true));
    if (place + 56 > source.size) break;
    const wide = new DataView((await source.read(place, 56)).buffer);
    if (wide.getUint32(0, true) !== 0x06064b50) break;
    const number = (offset: number) => Number(wide.getBigUint64(offset, true));
    return { count: number(32), length: number(40), offset: number(48) };
  }
  return refuse('its table of contents is missing, as where it was not downloaded to the end');
}

/** Reads the 64-bit value of each field that is all ones, in their order; undefined when there is none. */
function zip64Fields(view: DataView, start: number, length: number): (narrow: number) => number | undefined {
  let at = start;
  let end = start;
  for (let field = start; field + 4 <= start + length; field += 4 + view.getUint16(field + 2, true)) {
    if (view.getUint16(field, true) !== 1) continue;
    at = field + 4;
    end = Math.min(start + length, at + view.getUint16(field + 2, true));
    break;
  }
  return (narrow) => {
    if (narrow !== 0xffffffff) return narrow;
    if (at + 8 > end) return undefined;
    at += 8;
    return Number(view.getBigUint64(at - 8, true));
  };
}

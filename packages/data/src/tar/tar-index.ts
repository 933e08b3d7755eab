import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { posix } from 'node:path';
import { isChecked, isZero, linkName, memberName, numberAt, paxRecords, textAt } from './tar-header.js';

/** Where a file of a tar archive is in it. */
export interface TarEntry {
  readonly name: string;
  readonly start: number;
  readonly length: number;
  /** Why its content cannot be read, where that is so. */
  readonly problem?: string;
}

/** A file, or a link to one. */
interface Member extends TarEntry {
  readonly link?: { readonly to: string; readonly isHard: boolean };
}

const BLOCK = 512;
/** `\x00` is how tar before POSIX wrote a regular file, `7` one that is to lie in one piece, `S` GNU tar a sparse one. */
const REGULAR = ['0', '\x00', '7', 'S'];
const SPARSE = 'is stored as a sparse file, which is not read: write the archive without --sparse';

/**
 * Lists the files of an uncompressed tar archive, reading only their headers: ustar, with long names and sizes as GNU tar and
 * as POSIX (pax) write them. Hard and symbolic links have the place of the file that they lead to.
 *
 * @throws RangeError if it is no tar archive, is cut off, or has another archive behind its end
 */
export function tarIndex(path: string): readonly TarEntry[] {
  const file = openSync(path, 'r');
  try {
    return followLinks([...listMembers(file, path)]);
  } finally {
    closeSync(file);
  }
}

function* listMembers(file: number, path: string): Generator<Member> {
  const { size } = fstatSync(file);
  const header = Buffer.alloc(BLOCK);
  // What the extended headers say of the next file.
  let extended: { name?: string; linkName?: string; size?: number; isSparse?: boolean } = {};
  for (let at = 0; ; ) {
    const read = readSync(file, header, 0, BLOCK, at);
    if (at === 0) refuseCompressed(header.subarray(0, read), path);
    if (read < BLOCK) {
      throw new RangeError(
        `tarShards: ${path} must end with an empty block, and ends at byte ${size}. It is cut off: fetch it again.`,
      );
    }
    if (isZero(header)) return refuseSecondArchive(file, path, at);
    if (!isChecked(header)) {
      throw new RangeError(`tarShards: ${path} must be an uncompressed tar archive, got no header at byte ${at}.`);
    }
    const type = String.fromCharCode(header[156]!);
    let start = at + BLOCK;
    // Links, devices and folders have no content, whatever their size says.
    const length = /[1-6]/.test(type) ? 0 : (extended.size ?? numberAt(header, 124, 12));
    if (type === 'S') start += sparseMapBytes(file, header, start);
    if (!(length >= 0) || start + length > size) {
      throw new RangeError(
        `tarShards: ${path} must hold ${length} bytes of an entry at ${start}, and ends at byte ${size}. It is cut off: fetch it again.`,
      );
    }
    if (type === 'L' || type === 'K') {
      const text = textAt(readBlock(file, start, length), 0, length);
      extended = type === 'L' ? { ...extended, name: text } : { ...extended, linkName: text };
    } else if (type === 'x' || type === 'X') {
      extended = { ...extended, ...fromPax(paxRecords(readBlock(file, start, length))) };
    } else if (type !== 'g') {
      const name = extended.name ?? memberName(header);
      const to = extended.linkName ?? linkName(header);
      const isSparse = type === 'S' || extended.isSparse === true;
      if (REGULAR.includes(type)) yield { name, start, length, ...(isSparse && { problem: SPARSE }) };
      else if (type === '1' || type === '2') yield { name, start, length, link: { to, isHard: type === '1' } };
      extended = {};
    }
    at = start + Math.ceil(length / BLOCK) * BLOCK;
  }
}

function fromPax(records: ReadonlyMap<string, string>) {
  const [name, linkTo, size] = ['path', 'linkpath', 'size'].map((key) => records.get(key));
  const isSparse = [...records.keys()].some((key) => key.startsWith('GNU.sparse.'));
  const sparseName = records.get('GNU.sparse.name');
  return {
    ...((sparseName ?? name) !== undefined && { name: (sparseName ?? name)! }),
    ...(linkTo !== undefined && { linkName: linkTo }),
    ...(size !== undefined && { size: Number(size) }),
    ...(isSparse && { isSparse }),
  };
}

/** Bytes of the blocks that go on with the map of a sparse file of GNU tar. */
function sparseMapBytes(file: number, header: Buffer, start: number): number {
  let bytes = 0;
  for (let goesOn = header[482] !== 0; goesOn; bytes += BLOCK)
    goesOn = readBlock(file, start + bytes, BLOCK)[504] !== 0;
  return bytes;
}

/**
 * The files, each at its place or at that of the file that it is a link to: a hard link leads to a file before it, a symbolic
 * one to the last of its name.
 */
function followLinks(members: readonly Member[]): readonly TarEntry[] {
  if (members.every(({ link }) => !link)) return members;
  const places = new Map<string, number[]>();
  for (const [place, { name }] of members.entries()) {
    const normal = posix.normalize(name);
    places.set(normal, [...(places.get(normal) ?? []), place]);
  }
  const follow = (place: number, passed: readonly number[]): Member => {
    const member = members[place]!;
    const { link, name } = member;
    if (!link) return member;
    const normal = posix.normalize(link.isHard ? link.to : posix.join(posix.dirname(name), link.to));
    const target = places.get(normal)?.findLast((each) => !link.isHard || each < place);
    if (target !== undefined && !passed.includes(target)) return follow(target, [...passed, place]);
    const problem = `is a link to ${normal}, which ${target === undefined ? 'the archive does not have' : 'leads back to it'}`;
    return { ...member, problem };
  };
  return members.map(({ name }, place) => {
    const { start, length, problem } = follow(place, [place]);
    return { name, start, length, ...(problem !== undefined && { problem }) };
  });
}

/** Another archive behind the end is not read by other programs either, and its samples would be lost without a word. */
function refuseSecondArchive(file: number, path: string, end: number): void {
  const block = Buffer.alloc(BLOCK);
  for (let at = end; readSync(file, block, 0, BLOCK, at) === BLOCK; at += BLOCK) {
    if (isZero(block)) continue;
    if (!isChecked(block)) return;
    throw new RangeError(
      `tarShards: ${path} must be one archive, and has another behind its end, at byte ${at}. Join archives with tar --concatenate, or list them one by one.`,
    );
  }
}

/** Compressions by the first bytes of their files, with what undoes them. */
const COMPRESSIONS: readonly (readonly [magic: readonly number[], name: string, tool: string])[] = [
  [[0x1f, 0x8b], 'gzip', 'gunzip'],
  [[0x42, 0x5a, 0x68], 'bzip2', 'bunzip2'],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], 'xz', 'unxz'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'zstd', 'unzstd'],
];

function refuseCompressed(bytes: Buffer, path: string): void {
  const found = COMPRESSIONS.find(([magic]) => magic.every((byte, i) => bytes[i] === byte));
  // A name may begin with the same letters, and then has a header around it.
  if (!found || (bytes.length === BLOCK && isChecked(bytes))) return;
  throw new RangeError(
    `tarShards: ${path} must be an uncompressed tar archive, got one compressed with ${found[1]}: images are read at random, so unpack it with ${found[2]}.`,
  );
}

function readBlock(file: number, start: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  readSync(file, bytes, 0, length, start);
  return bytes;
}

import { assertDescribed, assertMetadata } from './assert-writable.js';
import type { ByteRange } from './byte-source.js';
import { ELEMENT_SIZE, isDataType, isTypeName } from './data-types.js';
import { duplicateKey } from './duplicate-key.js';
import { byteLength, elementCount, show } from './stored-tensor.js';
import { TensorFileError } from './tensor-file-error.js';

/** Bytes of the longest header, as in the format's own reader. */
export const LONGEST_HEADER = 100_000_000;

/** Where a tensor lies: `range` counts from the end of the header. */
export interface TensorEntry {
  readonly name: string;
  /** A `DataType`; in a file that is read also a type of a newer format. */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly range: ByteRange;
}

export interface SafetensorsHeader {
  readonly entries: readonly TensorEntry[];
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Reads the JSON of a header, which must describe every one of the `dataSize` bytes behind it, once.
 *
 * @throws TensorFileError
 *
 * Source: the format's own description, huggingface/safetensors.
 */
export function parseSafetensorsHeader(label: string, bytes: Uint8Array, dataSize: number): SafetensorsHeader {
  const refuse = (reason: string): never => {
    const end = reason.endsWith('?') ? '' : '.';
    throw new TensorFileError(`${label}: not a sound safetensors file: ${reason}${end}`);
  };
  if (bytes[0] !== 0x7b) refuse('the header does not begin with {');
  const json = decodeUtf8(bytes) ?? refuse('the header is not UTF-8');
  let header: unknown;
  try {
    header = JSON.parse(json);
  } catch (error) {
    refuse(`the header is not JSON (${show((error as Error).message)})`);
  }
  const twice = duplicateKey(json);
  if (twice !== undefined) refuse(`the header has the key ${show(twice)} twice`);
  const { __metadata__, ...tensors } = header as Record<string, unknown>;
  const metadata = __metadata__ ?? {};
  if (!isObject(metadata) || !Object.values(metadata).every((value) => typeof value === 'string')) {
    refuse('__metadata__ must map text to text');
  }
  // A file may have a tensor of that name: JSON.parse makes it an own property, the spread above as well.
  const entries = Object.entries(tensors).map(([name, entry]) => {
    if (!isObject(entry)) return refuse(`the entry of ${show(name)} must be an object`);
    const { dtype, shape, data_offsets: offsets, ...others } = entry;
    const [other] = Object.keys(others);
    if (other !== undefined) refuse(`the entry of ${show(name)} has the unknown key ${show(other)}`);
    if (!isTypeName(dtype)) {
      return refuse(
        `the dtype of ${show(name)} must be one of ${Object.keys(ELEMENT_SIZE).join(', ')}, got ${show(dtype)}`,
      );
    }
    const count = elementCount(label, name, shape);
    const isPair = Array.isArray(offsets) && offsets.length === 2 && offsets.every((n) => Number.isSafeInteger(n));
    if (!isPair) return refuse(`data_offsets of ${show(name)} must be two whole numbers, got ${show(offsets)}`);
    const [offset, end] = offsets as [number, number];
    const length = end - offset;
    // What a type of tomorrow takes is not known: its tensor is as long as the file says.
    const expected = isDataType(dtype) ? count * ELEMENT_SIZE[dtype] : Math.max(length, 0);
    if (length !== expected) {
      refuse(`${show(name)} has ${length} bytes, where ${dtype} of shape ${show(shape)} has ${expected}`);
    }
    return { name, dtype, shape: shape as number[], range: { offset, length } };
  });
  assertCovers(entries, dataSize, refuse);
  return { entries, metadata: new Map(Object.entries(metadata as Record<string, string>)) };
}

/** Every byte belongs to one tensor: no gap hides data, no two tensors share it, none lies outside. */
function assertCovers(entries: readonly TensorEntry[], dataSize: number, refuse: (reason: string) => never): void {
  let end = 0;
  const inOrder = [...entries].sort((a, b) => a.range.offset - b.range.offset || a.range.length - b.range.length);
  for (const { name, range } of inOrder) {
    if (range.offset < end)
      refuse(`${show(name)} begins at ${range.offset}, inside the tensor before it or the header`);
    if (range.offset > end) refuse(`no tensor has the bytes from ${end} to ${range.offset}`);
    end = range.offset + range.length;
  }
  if (end > dataSize) refuse(`its tensors need ${end} bytes and it has ${dataSize}: was it downloaded to the end?`);
  if (end < dataSize) refuse(`${dataSize - end} bytes behind the last tensor belong to none`);
}

/**
 * Makes a header, the 8 bytes of its length included, for tensors that follow in the order given.
 *
 * Padded with spaces so that the values begin at a multiple of 8.
 *
 * @param tensors Name, type and shape of each, in the order of their values.
 * @param metadata Texts for `__metadata__`. Default none.
 * @throws RangeError when two tensors have one name, one has that of the metadata or an unknown type, or the header would be
 * longer than readers of the format take; TypeError when names or metadata are no texts.
 * @example
 * ```ts
 * import { safetensorsHeader } from '@nfnets/safetensors';
 *
 * const header = safetensorsHeader([{ name: 'weight', dtype: 'F32', shape: [3, 2] }], { format: 'pt' });
 * const file = new Blob([header, new Float32Array(6)]); // the 24 bytes of its values behind it
 * ```
 */
export function safetensorsHeader(
  tensors: readonly Omit<TensorEntry, 'range'>[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  assertDescribed('safetensorsHeader', tensors);
  assertMetadata('safetensorsHeader', metadata);
  const entries = new Map<string, object>();
  if (Object.keys(metadata).length > 0) entries.set('__metadata__', metadata);
  let end = 0;
  for (const { name, dtype, shape } of tensors) {
    if (entries.has(name) || name === '__metadata__') {
      throw new RangeError(`writeSafetensors: every tensor must have a name of its own, got ${show(name)} twice.`);
    }
    const begin = end;
    end += byteLength(elementCount('writeSafetensors', name, shape), dtype);
    entries.set(name, { dtype, shape, data_offsets: [begin, end] });
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const length = Math.ceil(json.length / 8) * 8;
  if (length > LONGEST_HEADER) {
    throw new RangeError(
      `writeSafetensors: a header must have at most ${LONGEST_HEADER} bytes, got ${length}. Write several files.`,
    );
  }
  const header = new Uint8Array(8 + length).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
  header.set(json, 8);
  return header;
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

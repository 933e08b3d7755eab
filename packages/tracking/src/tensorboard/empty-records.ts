import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { doubleField, readFields } from './protobuf-fields.js';
import { tfRecord } from './tf-record.js';

/** What a record of an event file holds. */
export interface EventFileRecord {
  /** Where the record begins in the file. */
  readonly offset: number;
  readonly step: number;
  /** Tags of its summary values; none in a record of something else. */
  readonly tags: readonly string[];
}

/** Bytes before a record's data: its length and the checksum of that. */
const HEADER = 12;
/** Bytes behind it. */
const FOOTER = 4;

/**
 * Takes what the records hold out of the event file `path` of which `isStale` is true. They keep their length, so that a program
 * which reads the file or appends to it meanwhile is not disturbed. A last record that a crash cut is left alone.
 */
export function emptyRecords(path: string, isStale: (record: EventFileRecord) => boolean): void {
  const file = openSync(path, 'r+');
  try {
    const { size } = fstatSync(file);
    const header = new Uint8Array(HEADER);
    for (let offset = 0; readSync(file, header, 0, HEADER, offset) === HEADER; ) {
      const length = Number(new DataView(header.buffer).getBigUint64(0, true));
      // Behind what a crash cut there may be anything.
      if (offset + HEADER + length + FOOTER > size) return;
      const data = new Uint8Array(length);
      readSync(file, data, 0, length, offset + HEADER);
      const record = { offset, ...contentOf(data) };
      if (length >= SMALLEST && record.tags.length > 0 && isStale(record))
        writeSync(file, tfRecord(emptyEvent(length)), 0, undefined, offset);
      offset += HEADER + length + FOOTER;
    }
  } finally {
    closeSync(file);
  }
}

function contentOf(data: Uint8Array): Omit<EventFileRecord, 'offset'> {
  let step = 0;
  const tags: string[] = [];
  for (const [number, value] of readFields(data)) {
    if (number === 2 && typeof value === 'bigint') step = Number(BigInt.asIntN(64, value));
    if (number === 5 && typeof value !== 'bigint') tags.push(...tagsOf(value));
  }
  return { step, tags };
}

function* tagsOf(summary: Uint8Array): Generator<string> {
  for (const [number, value] of readFields(summary)) {
    if (number !== 1 || typeof value === 'bigint') continue;
    for (const [field, tag] of readFields(value)) {
      if (field === 1 && typeof tag !== 'bigint') yield new TextDecoder().decode(tag);
    }
  }
}

/** Bytes of the smallest of them. */
const SMALLEST = 16;

/** An event that says nothing, of `length` bytes: the time 0, and zeros in field 100, which no reader knows. */
function emptyEvent(length: number): Uint8Array {
  const event = new Uint8Array(length);
  event.set(doubleField(1, 0));
  const rest = length - SMALLEST;
  // The field's key, then its length, always in five bytes: seven bits each, all but the last with the sign that more follow.
  event.set([0xa2, 0x06], 9);
  for (let i = 0; i < 5; i++) event[11 + i] = (Math.floor(rest / 2 ** (7 * i)) & 0x7f) | (i < 4 ? 0x80 : 0);
  return event;
}

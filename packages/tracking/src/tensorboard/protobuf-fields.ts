import { joinBytes } from './bytes.js';

/*
 * Fields of protocol buffer messages: a tag that holds the field's number and how its value is stored, then the value. A
 * message is its fields one behind the other.
 */

const VARINT = 0;
const FIXED_64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

/** An int32, int64, bool or enum field; negative numbers as the 64-bit two's complement. */
export function intField(number: number, value: number): Uint8Array {
  return joinBytes([tag(number, VARINT), varint(BigInt.asUintN(64, BigInt(value)))]);
}

export function doubleField(number: number, value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value, true);
  return joinBytes([tag(number, FIXED_64), bytes]);
}

export function floatField(number: number, value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return joinBytes([tag(number, FIXED_32), bytes]);
}

export function bytesField(number: number, bytes: Uint8Array): Uint8Array {
  return joinBytes([tag(number, LENGTH_DELIMITED), varint(BigInt(bytes.length)), bytes]);
}

export function stringField(number: number, text: string): Uint8Array {
  return bytesField(number, new TextEncoder().encode(text));
}

export function messageField(number: number, fields: readonly Uint8Array[]): Uint8Array {
  return bytesField(number, joinBytes(fields));
}

/** A repeated double field, packed. */
export function doublesField(number: number, values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(8 * values.length);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of values.entries()) view.setFloat64(8 * i, value, true);
  return bytesField(number, bytes);
}

function tag(number: number, wireType: number): Uint8Array {
  return varint(BigInt(number * 8 + wireType));
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  do {
    const isLast = rest < 0x80n;
    bytes.push(Number(rest & 0x7fn) | (isLast ? 0 : 0x80));
    rest >>= 7n;
  } while (rest > 0n);
  return Uint8Array.from(bytes);
}

/**
 * The fields of a message in their order: numbers as BigInt, what has a length as its bytes, fixed ones as theirs. Stops where the
 * message is cut off.
 */
export function* readFields(message: Uint8Array): Generator<readonly [number: number, value: bigint | Uint8Array]> {
  for (let at = 0; at < message.length; ) {
    const [key, afterKey] = readVarint(message, at);
    const [number, wireType] = [Number(key >> 3n), Number(key & 7n)];
    if (wireType === VARINT) {
      const [value, end] = readVarint(message, afterKey);
      yield [number, value];
      at = end;
      continue;
    }
    const [length, start] = wireType === LENGTH_DELIMITED ? readVarint(message, afterKey) : [undefined, afterKey];
    const size = length === undefined ? FIXED_SIZE[wireType] : Number(length);
    if (size === undefined || start + size > message.length) return;
    yield [number, message.subarray(start, start + size)];
    at = start + size;
  }
}

const FIXED_SIZE: Readonly<Record<number, number>> = { [FIXED_64]: 8, [FIXED_32]: 4 };

function readVarint(bytes: Uint8Array, start: number): [value: bigint, end: number] {
  let [value, shift, at] = [0n, 0n, start];
  for (; at < bytes.length; at++, shift += 7n) {
    value |= BigInt(bytes[at]! & 0x7f) << shift;
    if (bytes[at]! < 0x80) return [value, at + 1];
  }
  return [value, at];
}

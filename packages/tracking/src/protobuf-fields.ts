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

import { UNIT } from './elementwise';

/** Fills `bytes` bytes with `pattern`, four bytes over and over. */
// @ts-ignore: decorator
@inline
export function fillRun(to: usize, pattern: i32, bytes: usize): void {
  const vector = i32x4.splat(pattern);
  for (; bytes >= 64; bytes -= 64) {
    v128.store(to, vector);
    v128.store(to, vector, 16);
    v128.store(to, vector, 32);
    v128.store(to, vector, 48);
    to += 64;
  }
  for (; bytes >= 16; bytes -= 16) {
    v128.store(to, vector);
    to += 16;
  }
  for (; bytes >= 4; bytes -= 4) {
    store<i32>(to, pattern);
    to += 4;
  }
  for (; bytes > 0; bytes--) {
    store<u8>(to, <u8>pattern);
    to += 1;
  }
}

/** Fills `bytes` bytes with `pattern`, four bytes over and over; of its units, `elementwiseUnits` of as many words, those from `first` to before `last`. */
export function fill(to: usize, bytes: usize, pattern: i32, first: i32, last: i32): void {
  const start = <usize>first * UNIT << 2;
  const end = min(<usize>last * UNIT << 2, bytes);
  if (end <= start) return;
  if (pattern == rotl(pattern, 8)) memory.fill(to + start, <u8>pattern, end - start);
  else fillRun(to + start, pattern, end - start);
}

/**
 * to[i, j] = `on` where j is ids[i], else `off`, for the rows i from `first` to before `last` of `depth` numbers, given by their bits.
 * An id outside [0, depth) makes a row of `off`.
 */
export function oneHot(ids: usize, to: usize, depth: i32, on: i32, off: i32, first: i32, last: i32): void {
  const row = <usize>depth << 2;
  to += <usize>first * row;
  for (let i = first; i < last; i++) {
    const id = load<i32>(ids + (<usize>i << 2));
    fillRun(to, off, row);
    if (<u32>id < <u32>depth) store<i32>(to + (<usize>id << 2), on);
    to += row;
  }
}

/** The same for numbers of one byte. */
export function oneHotBytes(ids: usize, to: usize, depth: i32, on: i32, off: i32, first: i32, last: i32): void {
  to += <usize>first * <usize>depth;
  const pattern = (off & 0xff) * 0x01010101;
  for (let i = first; i < last; i++) {
    const id = load<i32>(ids + (<usize>i << 2));
    fillRun(to, pattern, depth);
    if (<u32>id < <u32>depth) store<u8>(to + <usize>id, <u8>on);
    to += <usize>depth;
  }
}

import { UNIT } from './elementwise';

// Between float32, int32 and flags of one byte, 0 or 1: `count` numbers, of their units those from `first` to before `last`.

// As JavaScript converts: what is beyond int32 keeps its low 32 bits, which are 0 from 2^63 on; NaN is 0.
// @ts-ignore: decorator
@inline
function wholeOf(x: f32): i32 {
  return abs(x) < <f32>9.223372036854775808e18 ? <i32><i64>x : 0;
}

export function floatToInteger(x: usize, y: usize, count: i32, first: i32, last: i32): void {
  const start = <usize>first * UNIT << 2;
  x += start;
  y += start;
  count = min(last * UNIT, count) - first * UNIT;
  const limit = f32x4.splat(2147483648);
  for (; count >= 4; count -= 4) {
    const numbers = v128.load(x);
    if (i32x4.all_true(f32x4.lt(f32x4.abs(numbers), limit))) {
      v128.store(y, i32x4.trunc_sat_f32x4_s(numbers));
    } else {
      for (let lane: usize = 0; lane < 16; lane += 4) store<i32>(y + lane, wholeOf(load<f32>(x + lane)));
    }
    x += 16;
    y += 16;
  }
  for (; count > 0; count--) {
    store<i32>(y, wholeOf(load<f32>(x)));
    x += 4;
    y += 4;
  }
}

export function integerToFloat(x: usize, y: usize, count: i32, first: i32, last: i32): void {
  const start = <usize>first * UNIT << 2;
  x += start;
  y += start;
  count = min(last * UNIT, count) - first * UNIT;
  for (; count >= 4; count -= 4) {
    v128.store(y, f32x4.convert_i32x4_s(v128.load(x)));
    x += 16;
    y += 16;
  }
  for (; count > 0; count--) {
    store<f32>(y, <f32>load<i32>(x));
    x += 4;
    y += 4;
  }
}

const NOT_ZERO = 0, NOT_ZERO_INTEGER = 1, NAN = 2, FINITE = 3, INFINITE = 4;

// @ts-ignore: decorator
@inline
function test(kind: i32, numbers: v128): v128 {
  if (kind == NOT_ZERO) return f32x4.ne(numbers, f32x4.splat(0));
  if (kind == NOT_ZERO_INTEGER) return i32x4.ne(numbers, i32x4.splat(0));
  if (kind == NAN) return f32x4.ne(numbers, numbers);
  const size = f32x4.abs(numbers), infinity = f32x4.splat(Infinity);
  return kind == FINITE ? f32x4.lt(size, infinity) : f32x4.eq(size, infinity);
}

// @ts-ignore: decorator
@inline
function toFlag(kind: i32, x: usize, y: usize, count: i32, first: i32, last: i32): void {
  const start = <usize>first * UNIT;
  x += start << 2;
  y += start;
  count = min(last * UNIT, count) - first * UNIT;
  const one = i8x16.splat(1);
  for (; count >= 16; count -= 16) {
    const low = i16x8.narrow_i32x4_s(test(kind, v128.load(x)), test(kind, v128.load(x, 16)));
    const high = i16x8.narrow_i32x4_s(test(kind, v128.load(x, 32)), test(kind, v128.load(x, 48)));
    v128.store(y, v128.and(i8x16.narrow_i16x8_s(low, high), one));
    x += 64;
    y += 16;
  }
  for (; count > 0; count--) {
    store<u8>(y, <u8>(i32x4.extract_lane(test(kind, v128.load32_splat(x)), 0) & 1));
    x += 4;
    y += 1;
  }
}

export function floatToFlag(x: usize, y: usize, count: i32, first: i32, last: i32): void {
  toFlag(NOT_ZERO, x, y, count, first, last);
}

export function integerToFlag(x: usize, y: usize, count: i32, first: i32, last: i32): void {
  toFlag(NOT_ZERO_INTEGER, x, y, count, first, last);
}

export function isNaNFlag(x: usize, y: usize, count: i32, first: i32, last: i32): void {
  toFlag(NAN, x, y, count, first, last);
}

export function isFiniteFlag(x: usize, y: usize, count: i32, first: i32, last: i32): void {
  toFlag(FINITE, x, y, count, first, last);
}

export function isInfiniteFlag(x: usize, y: usize, count: i32, first: i32, last: i32): void {
  toFlag(INFINITE, x, y, count, first, last);
}

// @ts-ignore: decorator
@inline
function fromFlag(isFloat: bool, x: usize, y: usize, count: i32, first: i32, last: i32): void {
  const start = <usize>first * UNIT;
  x += start;
  y += start << 2;
  count = min(last * UNIT, count) - first * UNIT;
  for (; count >= 16; count -= 16) {
    const bytes = v128.load(x);
    const low = i16x8.extend_low_i8x16_u(bytes), high = i16x8.extend_high_i8x16_u(bytes);
    const n0 = i32x4.extend_low_i16x8_u(low), n1 = i32x4.extend_high_i16x8_u(low);
    const n2 = i32x4.extend_low_i16x8_u(high), n3 = i32x4.extend_high_i16x8_u(high);
    v128.store(y, isFloat ? f32x4.convert_i32x4_s(n0) : n0);
    v128.store(y, isFloat ? f32x4.convert_i32x4_s(n1) : n1, 16);
    v128.store(y, isFloat ? f32x4.convert_i32x4_s(n2) : n2, 32);
    v128.store(y, isFloat ? f32x4.convert_i32x4_s(n3) : n3, 48);
    x += 16;
    y += 64;
  }
  for (; count >= 4; count -= 4) {
    const numbers = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(x)));
    v128.store(y, isFloat ? f32x4.convert_i32x4_s(numbers) : numbers);
    x += 4;
    y += 16;
  }
  for (; count > 0; count--) {
    const number = <i32>load<u8>(x);
    if (isFloat) store<f32>(y, <f32>number);
    else store<i32>(y, number);
    x += 1;
    y += 4;
  }
}

export function flagToFloat(x: usize, y: usize, count: i32, first: i32, last: i32): void {
  fromFlag(true, x, y, count, first, last);
}

export function flagToInteger(x: usize, y: usize, count: i32, first: i32, last: i32): void {
  fromFlag(false, x, y, count, first, last);
}

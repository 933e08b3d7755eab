import { UNIT } from './elementwise';

// Functions of two numbers, and the choice between two, in units as those of one.

// As `OPERATIONS` in src/elementwise/binary-kernels.ts counts them.
export const MAXIMUM = 0, MINIMUM = 1, ADD = 2, SUBTRACT = 3, MULTIPLY = 4, DIVIDE = 5, SUBTRACT_FROM = 6, DIVIDE_INTO = 7;
// Of functions of their own in `zip-others.ts`; those of int32 last.
export const SQUARED_DIFFERENCE = 8, PRELU = 9, INTEGER_MAXIMUM = 10, INTEGER_MINIMUM = 11, INTEGER_ADD = 12, INTEGER_SUBTRACT = 13,
  INTEGER_MULTIPLY = 14, INTEGER_SUBTRACT_FROM = 15;

// @ts-ignore: decorator
@inline
export function combine(operation: i32, a: v128, b: v128): v128 {
  if (operation == MAXIMUM) return f32x4.max(a, b);
  if (operation == MINIMUM) return f32x4.min(a, b);
  if (operation == ADD) return f32x4.add(a, b);
  if (operation == SUBTRACT) return f32x4.sub(a, b);
  if (operation == MULTIPLY) return f32x4.mul(a, b);
  if (operation == DIVIDE) return f32x4.div(a, b);
  return operation == SUBTRACT_FROM ? f32x4.sub(b, a) : f32x4.div(b, a);
}

// @ts-ignore: decorator
@inline
function combineOther(operation: i32, a: v128, b: v128): v128 {
  if (operation == SQUARED_DIFFERENCE) {
    const difference = f32x4.sub(a, b);
    return f32x4.mul(difference, difference);
  }
  if (operation == PRELU) return v128.bitselect(f32x4.mul(a, b), a, f32x4.lt(a, f32x4.splat(0)));
  if (operation == INTEGER_MAXIMUM) return i32x4.max_s(a, b);
  if (operation == INTEGER_MINIMUM) return i32x4.min_s(a, b);
  if (operation == INTEGER_ADD) return i32x4.add(a, b);
  if (operation == INTEGER_SUBTRACT) return i32x4.sub(a, b);
  if (operation == INTEGER_MULTIPLY) return i32x4.mul(a, b);
  return i32x4.sub(b, a);
}

// @ts-ignore: decorator
@inline
function combineAny(operation: i32, a: v128, b: v128): v128 {
  return operation < SQUARED_DIFFERENCE ? combine(operation, a, b) : combineOther(operation, a, b);
}

/** out = op(a, b) for `count` numbers; with `bIsNumber`, b is one for all. */
// @ts-ignore: decorator
@inline
function zipRun(operation: i32, a: usize, b: usize, bIsNumber: bool, out: usize, count: i32): void {
  const number = v128.load32_splat(b);
  for (; count >= 16; count -= 16) {
    const r0 = combineAny(operation, v128.load(a), bIsNumber ? number : v128.load(b));
    const r1 = combineAny(operation, v128.load(a, 16), bIsNumber ? number : v128.load(b, 16));
    const r2 = combineAny(operation, v128.load(a, 32), bIsNumber ? number : v128.load(b, 32));
    const r3 = combineAny(operation, v128.load(a, 48), bIsNumber ? number : v128.load(b, 48));
    v128.store(out, r0);
    v128.store(out, r1, 16);
    v128.store(out, r2, 32);
    v128.store(out, r3, 48);
    a += 64;
    if (!bIsNumber) b += 64;
    out += 64;
  }
  for (; count >= 4; count -= 4) {
    v128.store(out, combineAny(operation, v128.load(a), bIsNumber ? number : v128.load(b)));
    a += 16;
    if (!bIsNumber) b += 16;
    out += 16;
  }
  for (; count > 0; count--) {
    v128.store32_lane(out, combineAny(operation, v128.load32_splat(a), bIsNumber ? number : v128.load32_splat(b)), 0);
    a += 4;
    b += 4;
    out += 4;
  }
}

// @ts-ignore: decorator
@inline
export function zipRuns(
  operation: i32, a: usize, b: usize, bIsNumber: bool, out: usize, count: i32, width: i32, times: i32, first: i32, last: i32,
): void {
  if (bIsNumber) zipRows(operation, a, b, true, out, count, width, times, first, last);
  else zipRows(operation, a, b, false, out, count, width, times, first, last);
}

// @ts-ignore: decorator
@inline
function zipRows(
  operation: i32, a: usize, b: usize, bIsNumber: bool, out: usize, count: i32, width: i32, times: i32, first: i32, last: i32,
): void {
  const bytes = <usize>width << 2;
  const bytesOfB = bIsNumber ? 4 : bytes;
  a += <usize>first * bytes;
  out += <usize>first * bytes;
  let left = times - first % times;
  b += <usize>(first / times) * bytesOfB;
  for (let row = first; row < last; row++) {
    zipRun(operation, a, b, bIsNumber, out, min(width, count - row * width));
    a += bytes;
    out += bytes;
    if (--left == 0) {
      left = times;
      b += bytesOfB;
    }
  }
}

/**
 * out = op(a, b) for `count` numbers in rows of `width`, the last of which may be shorter; of the rows those from `first` to before
 * `last`. A row of b, or one number with `bIsNumber`, serves `times` rows of a.
 */
export function zip(
  operation: i32, a: usize, b: usize, bIsNumber: bool, out: usize, count: i32, width: i32, times: i32, first: i32, last: i32,
): void {
  switch (operation) {
    case MAXIMUM: zipRuns(MAXIMUM, a, b, bIsNumber, out, count, width, times, first, last); break;
    case MINIMUM: zipRuns(MINIMUM, a, b, bIsNumber, out, count, width, times, first, last); break;
    case ADD: zipRuns(ADD, a, b, bIsNumber, out, count, width, times, first, last); break;
    case SUBTRACT: zipRuns(SUBTRACT, a, b, bIsNumber, out, count, width, times, first, last); break;
    case MULTIPLY: zipRuns(MULTIPLY, a, b, bIsNumber, out, count, width, times, first, last); break;
    case DIVIDE: zipRuns(DIVIDE, a, b, bIsNumber, out, count, width, times, first, last); break;
    case SUBTRACT_FROM: zipRuns(SUBTRACT_FROM, a, b, bIsNumber, out, count, width, times, first, last); break;
    default: zipRuns(DIVIDE_INTO, a, b, bIsNumber, out, count, width, times, first, last);
  }
}

export const GREATER = 0, GREATER_EQUAL = 1, EQUAL = 2, NOT_EQUAL = 3;
export const INTEGER_GREATER = 4, INTEGER_GREATER_EQUAL = 5, INTEGER_EQUAL = 6, INTEGER_NOT_EQUAL = 7;

// @ts-ignore: decorator
@inline
export function test(operation: i32, a: v128, b: v128): v128 {
  if (operation == GREATER) return f32x4.gt(a, b);
  if (operation == GREATER_EQUAL) return f32x4.ge(a, b);
  if (operation == EQUAL) return f32x4.eq(a, b);
  return f32x4.ne(a, b);
}

// @ts-ignore: decorator
@inline
function testAny(operation: i32, a: v128, b: v128): v128 {
  if (operation < INTEGER_GREATER) return test(operation, a, b);
  if (operation == INTEGER_GREATER) return i32x4.gt_s(a, b);
  if (operation == INTEGER_GREATER_EQUAL) return i32x4.ge_s(a, b);
  return operation == INTEGER_EQUAL ? i32x4.eq(a, b) : i32x4.ne(a, b);
}

/** out = a op b as one byte each, 1 or 0; an operand whose flag is set is one number for all. */
// @ts-ignore: decorator
@inline
export function compare(
  operation: i32, a: usize, aIsScalar: bool, b: usize, bIsScalar: bool, out: usize, count: i32, first: i32, last: i32,
): void {
  const aStep: usize = aIsScalar ? 0 : 4, bStep: usize = bIsScalar ? 0 : 4;
  const start = <usize>first * UNIT;
  a += start * aStep;
  b += start * bStep;
  out += start;
  count = min(last * UNIT, count) - first * UNIT;
  const aValue = v128.load32_splat(a), bValue = v128.load32_splat(b);
  const one = i8x16.splat(1);
  for (; count >= 16; count -= 16) {
    const m0 = testAny(operation, aIsScalar ? aValue : v128.load(a), bIsScalar ? bValue : v128.load(b));
    const m1 = testAny(operation, aIsScalar ? aValue : v128.load(a, 16), bIsScalar ? bValue : v128.load(b, 16));
    const m2 = testAny(operation, aIsScalar ? aValue : v128.load(a, 32), bIsScalar ? bValue : v128.load(b, 32));
    const m3 = testAny(operation, aIsScalar ? aValue : v128.load(a, 48), bIsScalar ? bValue : v128.load(b, 48));
    const bytes = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(m0, m1), i16x8.narrow_i32x4_s(m2, m3));
    v128.store(out, v128.and(bytes, one));
    a += aStep << 4;
    b += bStep << 4;
    out += 16;
  }
  for (; count > 0; count--) {
    store<u8>(out, <u8>(i32x4.extract_lane(testAny(operation, v128.load32_splat(a), v128.load32_splat(b)), 0) & 1));
    a += aStep;
    b += bStep;
    out += 1;
  }
}

export function greater(
  a: usize, aIsScalar: bool, b: usize, bIsScalar: bool, out: usize, count: i32, first: i32, last: i32,
): void {
  compare(GREATER, a, aIsScalar, b, bIsScalar, out, count, first, last);
}
export function greaterEqual(
  a: usize, aIsScalar: bool, b: usize, bIsScalar: bool, out: usize, count: i32, first: i32, last: i32,
): void {
  compare(GREATER_EQUAL, a, aIsScalar, b, bIsScalar, out, count, first, last);
}
export function equal(
  a: usize, aIsScalar: bool, b: usize, bIsScalar: bool, out: usize, count: i32, first: i32, last: i32,
): void {
  compare(EQUAL, a, aIsScalar, b, bIsScalar, out, count, first, last);
}
export function notEqual(
  a: usize, aIsScalar: bool, b: usize, bIsScalar: bool, out: usize, count: i32, first: i32, last: i32,
): void {
  compare(NOT_EQUAL, a, aIsScalar, b, bIsScalar, out, count, first, last);
}

/** out[i] = condition[i] ? a[i] : b[i], where a condition is one byte. */
export function select(condition: usize, a: usize, b: usize, out: usize, count: i32, first: i32, last: i32): void {
  const start = <usize>first * UNIT;
  condition += start;
  a += start << 2;
  b += start << 2;
  out += start << 2;
  count = min(last * UNIT, count) - first * UNIT;
  const zero = i32x4.splat(0);
  for (; count >= 4; count -= 4) {
    const bytes = v128.load32_zero(condition);
    const numbers = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(bytes));
    v128.store(out, v128.bitselect(v128.load(b), v128.load(a), i32x4.eq(numbers, zero)));
    condition += 4;
    a += 16;
    b += 16;
    out += 16;
  }
  for (; count > 0; count--) {
    store<f32>(out, load<u8>(condition) != 0 ? load<f32>(a) : load<f32>(b));
    condition += 1;
    a += 4;
    b += 4;
    out += 4;
  }
}

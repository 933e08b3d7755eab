import { ONE, UNIT } from './elementwise';
import {
  compare, INTEGER_ADD, INTEGER_EQUAL, INTEGER_GREATER, INTEGER_GREATER_EQUAL, INTEGER_MAXIMUM, INTEGER_MINIMUM, INTEGER_MULTIPLY,
  INTEGER_NOT_EQUAL, INTEGER_SUBTRACT, INTEGER_SUBTRACT_FROM, PRELU, SQUARED_DIFFERENCE, zipRuns,
} from './zip';

// As `zip`, with one operation each.
export function squaredDifference(
  a: usize, b: usize, bIsNumber: bool, out: usize, count: i32, width: i32, times: i32, first: i32, last: i32,
): void {
  zipRuns(SQUARED_DIFFERENCE, a, b, bIsNumber, out, count, width, times, first, last);
}
export function prelu(
  a: usize, b: usize, bIsNumber: bool, out: usize, count: i32, width: i32, times: i32, first: i32, last: i32,
): void {
  zipRuns(PRELU, a, b, bIsNumber, out, count, width, times, first, last);
}
export function maximumOfIntegers(
  a: usize, b: usize, bIsNumber: bool, out: usize, count: i32, width: i32, times: i32, first: i32, last: i32,
): void {
  zipRuns(INTEGER_MAXIMUM, a, b, bIsNumber, out, count, width, times, first, last);
}
export function minimumOfIntegers(
  a: usize, b: usize, bIsNumber: bool, out: usize, count: i32, width: i32, times: i32, first: i32, last: i32,
): void {
  zipRuns(INTEGER_MINIMUM, a, b, bIsNumber, out, count, width, times, first, last);
}
export function addIntegers(
  a: usize, b: usize, bIsNumber: bool, out: usize, count: i32, width: i32, times: i32, first: i32, last: i32,
): void {
  zipRuns(INTEGER_ADD, a, b, bIsNumber, out, count, width, times, first, last);
}
export function subtractIntegers(
  a: usize, b: usize, bIsNumber: bool, out: usize, count: i32, width: i32, times: i32, first: i32, last: i32,
): void {
  zipRuns(INTEGER_SUBTRACT, a, b, bIsNumber, out, count, width, times, first, last);
}
export function multiplyIntegers(
  a: usize, b: usize, bIsNumber: bool, out: usize, count: i32, width: i32, times: i32, first: i32, last: i32,
): void {
  zipRuns(INTEGER_MULTIPLY, a, b, bIsNumber, out, count, width, times, first, last);
}
export function subtractIntegersFrom(
  a: usize, b: usize, bIsNumber: bool, out: usize, count: i32, width: i32, times: i32, first: i32, last: i32,
): void {
  zipRuns(INTEGER_SUBTRACT_FROM, a, b, bIsNumber, out, count, width, times, first, last);
}

// Comparisons of int32, as those of floats.
export function greaterIntegers(
  a: usize, aIsScalar: bool, b: usize, bIsScalar: bool, out: usize, count: i32, first: i32, last: i32,
): void {
  compare(INTEGER_GREATER, a, aIsScalar, b, bIsScalar, out, count, first, last);
}
export function greaterEqualIntegers(
  a: usize, aIsScalar: bool, b: usize, bIsScalar: bool, out: usize, count: i32, first: i32, last: i32,
): void {
  compare(INTEGER_GREATER_EQUAL, a, aIsScalar, b, bIsScalar, out, count, first, last);
}
export function equalIntegers(
  a: usize, aIsScalar: bool, b: usize, bIsScalar: bool, out: usize, count: i32, first: i32, last: i32,
): void {
  compare(INTEGER_EQUAL, a, aIsScalar, b, bIsScalar, out, count, first, last);
}
export function notEqualIntegers(
  a: usize, aIsScalar: bool, b: usize, bIsScalar: bool, out: usize, count: i32, first: i32, last: i32,
): void {
  compare(INTEGER_NOT_EQUAL, a, aIsScalar, b, bIsScalar, out, count, first, last);
}

/** out = dy where y is at least 0, else dy (y + 1): the gradient of elu with the result y. */
export function eluGradient(dy: usize, y: usize, out: usize, count: i32, first: i32, last: i32): void {
  const start = <usize>first * UNIT << 2;
  dy += start;
  y += start;
  out += start;
  count = min(last * UNIT, count) - first * UNIT;
  for (; count > 0; count -= 4) {
    const isFull = count >= 4;
    const slope = isFull ? v128.load(y) : v128.load32_splat(y);
    const gradient = isFull ? v128.load(dy) : v128.load32_splat(dy);
    const below = f32x4.mul(gradient, f32x4.add(slope, ONE));
    const result = v128.bitselect(gradient, below, f32x4.ge(slope, f32x4.splat(0)));
    if (isFull) {
      v128.store(out, result);
    } else {
      v128.store32_lane(out, result, 0);
      count += 3;
    }
    const step: usize = isFull ? 16 : 4;
    dy += step;
    y += step;
    out += step;
  }
}

const AND = 0, OR = 1, NOT = 2;

// @ts-ignore: decorator
@inline
function decide(operation: i32, a: usize, b: usize, out: usize, count: i32, first: i32, last: i32): void {
  const start = <usize>first * UNIT;
  a += start;
  b += start;
  out += start;
  count = min(last * UNIT, count) - first * UNIT;
  const zero = i8x16.splat(0), one = i8x16.splat(1);
  for (; count > 0; count -= 16) {
    const isFull = count >= 16;
    const x = i8x16.ne(isFull ? v128.load(a) : v128.load8_splat(a), zero);
    const y = operation == NOT ? x : i8x16.ne(isFull ? v128.load(b) : v128.load8_splat(b), zero);
    const flags = operation == NOT ? v128.not(x) : operation == AND ? v128.and(x, y) : v128.or(x, y);
    const result = v128.and(flags, one);
    if (isFull) {
      v128.store(out, result);
    } else {
      v128.store8_lane(out, result, 0);
      count += 15;
    }
    const step: usize = isFull ? 16 : 1;
    a += step;
    b += step;
    out += step;
  }
}

// Of booleans of one byte.
export function logicalAnd(a: usize, b: usize, out: usize, count: i32, first: i32, last: i32): void {
  decide(AND, a, b, out, count, first, last);
}
export function logicalOr(a: usize, b: usize, out: usize, count: i32, first: i32, last: i32): void {
  decide(OR, a, b, out, count, first, last);
}
export function logicalNot(a: usize, out: usize, count: i32, first: i32, last: i32): void {
  decide(NOT, a, a, out, count, first, last);
}

/** out[i] = condition[i] ? a[i] : b[i], all of one byte. */
export function selectFlags(condition: usize, a: usize, b: usize, out: usize, count: i32, first: i32, last: i32): void {
  for (let i = first * UNIT; i < min(last * UNIT, count); i++) {
    store<u8>(out + <usize>i, load<u8>((load<u8>(condition + <usize>i) != 0 ? a : b) + <usize>i));
  }
}

import { multiplyAdd } from './tile';

// Functions of four numbers at a time. All let NaN through. The work of each loop is cut into units of `UNIT` numbers, of which a
// call does those from `first` to before `last`.
export const UNIT = 4096;

/** Units of work of `count` numbers. */
export function elementwiseUnits(count: i32): i32 {
  return (count + UNIT - 1) / UNIT;
}

// Constants of the loops below. As exported variables they are read from the instance with one instruction; as literals V8
// would put each together anew, in four, for every use.
export let LOG2_E: v128 = f32x4.splat(1.4426950408889634);
// Adding and subtracting 1.5 * 2^23 rounds to a whole number, which then stands in the low bits.
export let ROUNDER: v128 = f32x4.splat(12582912);
// ln 2 in two parts, the first with few bits, so that its multiples are exact.
export let LN2_HIGH: v128 = f32x4.splat(0.693359375);
export let LN2_LOW: v128 = f32x4.splat(-2.1219444005469057e-4);
export let ONE: v128 = f32x4.splat(1);
export let ONE_BITS: v128 = i32x4.splat(127);
export let E7: v128 = f32x4.splat(1.0 / 5040.0);
export let E6: v128 = f32x4.splat(1.0 / 720.0);
export let E5: v128 = f32x4.splat(1.0 / 120.0);
export let E4: v128 = f32x4.splat(1.0 / 24.0);
export let E3: v128 = f32x4.splat(1.0 / 6.0);
export let E2: v128 = f32x4.splat(0.5);
export let EXP_MAX: v128 = f32x4.splat(89);
export let EXP_MIN: v128 = f32x4.splat(-104);
export let TANH_MAX: v128 = f32x4.splat(20);
export let TANH_MIN: v128 = f32x4.splat(-20);
export let EXPM1_MIN: v128 = f32x4.splat(-88);

/** Like max(min(x, high), low), with NaN left as it is, in two instructions instead of a dozen. */
// @ts-ignore: decorator
@inline
export function clamp(x: v128, low: v128, high: v128): v128 {
  return f32x4.pmax(f32x4.pmin(x, high), low);
}

/** (e^r - 1) / r for |r| < 0.35: the first term left out of the series is below half a rounding error. */
// @ts-ignore: decorator
@inline
function expSeries(r: v128): v128 {
  let series = multiplyAdd(E7, r, E6);
  series = multiplyAdd(series, r, E5);
  series = multiplyAdd(series, r, E4);
  series = multiplyAdd(series, r, E3);
  series = multiplyAdd(series, r, E2);
  return multiplyAdd(series, r, ONE);
}

/** x - n ln 2. */
// @ts-ignore: decorator
@inline
function expRest(x: v128, n: v128): v128 {
  return f32x4.sub(f32x4.sub(x, f32x4.mul(n, LN2_HIGH)), f32x4.mul(n, LN2_LOW));
}

// @ts-ignore: decorator
@inline
function powerOfTwo(exponent: v128): v128 {
  return i32x4.shl(i32x4.add(exponent, ONE_BITS), 23);
}

/** e^x; 0 below -104, infinity above 88.8. With x = n ln 2 + r it is 2^n e^r. */
// @ts-ignore: decorator
@inline
export function expVector(x: v128): v128 {
  const clamped = clamp(x, EXP_MIN, EXP_MAX);
  const rounded = multiplyAdd(clamped, LOG2_E, ROUNDER);
  const n = f32x4.sub(rounded, ROUNDER);
  const r = expRest(clamped, n);
  const series = multiplyAdd(expSeries(r), r, ONE);
  // 2^n in two factors: 2^128 is no float, and neither is 2^-150, but the products can be.
  const whole = i32x4.sub(rounded, ROUNDER);
  const half = i32x4.shr_s(whole, 1);
  return f32x4.mul(f32x4.mul(series, powerOfTwo(half)), powerOfTwo(i32x4.sub(whole, half)));
}

/** e^x - 1 = 2^n p + (2^n - 1), p = e^r - 1: no cancellation near 0. For x from -88 to 88. */
// @ts-ignore: decorator
@inline
function expm1Vector(x: v128): v128 {
  const rounded = multiplyAdd(x, LOG2_E, ROUNDER);
  const n = f32x4.sub(rounded, ROUNDER);
  const r = expRest(x, n);
  const power = powerOfTwo(i32x4.sub(rounded, ROUNDER));
  return multiplyAdd(f32x4.mul(expSeries(r), r), power, f32x4.sub(power, ONE));
}

/** tanh(x) = u / (u + 2), u = e^(2x) - 1. */
// @ts-ignore: decorator
@inline
function tanhVector(x: v128): v128 {
  // tanh(10) is 1 in float32, and beyond u would overflow.
  const u = expm1Vector(clamp(f32x4.add(x, x), TANH_MIN, TANH_MAX));
  return f32x4.div(u, f32x4.add(u, f32x4.splat(2)));
}

export let ERF_P: v128 = f32x4.splat(0.3275911);
export let ERF_1: v128 = f32x4.splat(0.254829592);
export let ERF_2: v128 = f32x4.splat(-0.284496736);
export let ERF_3: v128 = f32x4.splat(1.421413741);
export let ERF_4: v128 = f32x4.splat(-1.453152027);
export let ERF_5: v128 = f32x4.splat(1.061405429);

/** The error function by Abramowitz and Stegun 7.1.26, which tfjs's cpu backend uses too: off by 1.5e-7 at most. */
// @ts-ignore: decorator
@inline
function erfVector(x: v128): v128 {
  const size = f32x4.abs(x);
  const t = f32x4.div(ONE, multiplyAdd(size, ERF_P, ONE));
  let series = multiplyAdd(ERF_5, t, ERF_4);
  series = multiplyAdd(series, t, ERF_3);
  series = multiplyAdd(series, t, ERF_2);
  series = multiplyAdd(series, t, ERF_1);
  const tail = f32x4.mul(f32x4.mul(series, t), expVector(f32x4.neg(f32x4.mul(size, size))));
  return v128.bitselect(f32x4.sub(ONE, tail), x, v128.not(f32x4.splat(-0.0)));
}

export let L3: v128 = f32x4.splat(1.0 / 3.0);
export let L5: v128 = f32x4.splat(1.0 / 5.0);
export let L7: v128 = f32x4.splat(1.0 / 7.0);
export let L9: v128 = f32x4.splat(1.0 / 9.0);
export let L11: v128 = f32x4.splat(1.0 / 11.0);
export let L13: v128 = f32x4.splat(1.0 / 13.0);

/** ln(1 + y) for y in [0, 1], as 2 artanh(y / (2 + y)). */
// @ts-ignore: decorator
@inline
function log1pVector(y: v128): v128 {
  const s = f32x4.div(y, f32x4.add(y, f32x4.add(ONE, ONE)));
  const square = f32x4.mul(s, s);
  let series = multiplyAdd(L13, square, L11);
  series = multiplyAdd(series, square, L9);
  series = multiplyAdd(series, square, L7);
  series = multiplyAdd(series, square, L5);
  series = multiplyAdd(series, square, L3);
  series = multiplyAdd(series, square, ONE);
  return f32x4.mul(f32x4.add(s, s), series);
}

export let LEAST_NORMAL: v128 = f32x4.splat(1.1754943508222875e-38);
export let ROOT_HALF_BITS: v128 = i32x4.splat(0x3f3504f3);

/**
 * ln x. With x = 2^n (1 + f), 1 + f from the root of 1/2 to that of 2, and s = f / (2 + f) it is n ln 2 + f - f^2 / 2 + s (f^2 / 2 + R),
 * where R = 2 (s^2 / 3 + s^4 / 5 + ...): what is rounded is small beside the sum.
 */
// @ts-ignore: decorator
@inline
function logVector(x: v128): v128 {
  const isSmall = f32x4.lt(x, LEAST_NORMAL);
  // Denormals times 2^25.
  const bits = v128.bitselect(f32x4.mul(x, f32x4.splat(33554432)), x, isSmall);
  const whole = i32x4.shr_s(i32x4.sub(bits, ROOT_HALF_BITS), 23);
  const f = f32x4.sub(i32x4.sub(bits, i32x4.shl(whole, 23)), ONE);
  const n = f32x4.sub(f32x4.convert_i32x4_s(whole), v128.and(isSmall, f32x4.splat(25)));
  const s = f32x4.div(f, f32x4.add(f, f32x4.add(ONE, ONE)));
  const square = f32x4.mul(s, s);
  const halfSquare = f32x4.mul(f32x4.mul(f, E2), f);
  let series = multiplyAdd(L9, square, L7);
  series = multiplyAdd(series, square, L5);
  series = multiplyAdd(series, square, L3);
  const rest = multiplyAdd(f32x4.add(square, square), series, halfSquare);
  const small = f32x4.sub(multiplyAdd(s, rest, f32x4.mul(n, LN2_LOW)), halfSquare);
  const result = f32x4.add(f32x4.add(small, f), f32x4.mul(n, LN2_HIGH));
  // Infinity and NaN as they are, -Infinity for 0, NaN below.
  const isLarge = v128.not(f32x4.lt(x, f32x4.splat(Infinity)));
  const zero = f32x4.splat(0);
  const special = v128.bitselect(f32x4.splat(-Infinity), f32x4.splat(NaN), f32x4.eq(x, zero));
  return v128.bitselect(special, v128.bitselect(x, result, isLarge), f32x4.le(x, zero));
}

export const TANH = 0, ERF = 1, EXP = 2, EXPM1 = 3, SOFTPLUS = 4, SELU = 5, LEAKY_RELU = 6, SQRT = 7, RSQRT = 8, SIGN = 9,
  RELU = 10, SQUARE = 11, STEP = 12, RELU6 = 13, SIGMOID = 14, LOG = 15,
  ABS = 16, NEG = 17, FLOOR = 18, CEIL = 19, ROUND = 20, RECIPROCAL = 21, LOG1P = 22, ELU = 23;

// @ts-ignore: decorator
@inline
export function evaluate(operation: i32, x: v128, parameter: v128): v128 {
  const zero = f32x4.splat(0);
  if (operation == TANH) return tanhVector(x);
  if (operation == ERF) return erfVector(x);
  if (operation == EXP) return expVector(x);
  if (operation == EXPM1) {
    // Beyond 80 the 1 is below half a rounding error of e^x.
    const large = f32x4.gt(x, f32x4.splat(80));
    return v128.bitselect(expVector(x), expm1Vector(clamp(x, EXPM1_MIN, f32x4.splat(80))), large);
  }
  // ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|)
  if (operation == SOFTPLUS) return f32x4.add(f32x4.max(x, zero), log1pVector(expVector(f32x4.neg(f32x4.abs(x)))));
  if (operation == SELU) {
    const negative = f32x4.mul(expm1Vector(clamp(x, EXPM1_MIN, zero)), f32x4.splat(1.7580993408473766));
    return v128.bitselect(negative, f32x4.mul(x, f32x4.splat(1.0507009873554805)), f32x4.lt(x, zero));
  }
  if (operation == LEAKY_RELU) return v128.bitselect(f32x4.mul(x, parameter), x, f32x4.lt(x, zero));
  if (operation == SQRT) return f32x4.sqrt(x);
  if (operation == RSQRT) return f32x4.div(f32x4.splat(1), f32x4.sqrt(x));
  // Zero where x is at most zero: unlike a maximum, two instructions.
  if (operation == RELU) return v128.andnot(x, f32x4.le(x, zero));
  if (operation == RELU6) return f32x4.pmin(v128.andnot(x, f32x4.le(x, zero)), f32x4.splat(6));
  // 1 above zero, `parameter` at and below it, NaN where x is.
  if (operation == STEP) {
    const number = v128.bitselect(f32x4.splat(1), parameter, f32x4.gt(x, zero));
    return v128.bitselect(number, x, f32x4.eq(x, x));
  }
  if (operation == SQUARE) return f32x4.mul(x, x);
  if (operation == SIGMOID) return sigmoidVector(x);
  if (operation == LOG) return logVector(x);
  const signed = v128.or(v128.and(x, f32x4.splat(-0.0)), f32x4.splat(1));
  return v128.bitselect(signed, x, v128.or(f32x4.lt(x, zero), f32x4.gt(x, zero)));
}

/** The others: apart, because what inlines all of `evaluate` many times would take long to compile with them. */
// @ts-ignore: decorator
@inline
function evaluateOther(operation: i32, x: v128): v128 {
  const zero = f32x4.splat(0);
  if (operation == ABS) return f32x4.abs(x);
  if (operation == NEG) return f32x4.neg(x);
  if (operation == FLOOR) return f32x4.floor(x);
  if (operation == CEIL) return f32x4.ceil(x);
  // Halves to the even number.
  if (operation == ROUND) return f32x4.nearest(x);
  if (operation == RECIPROCAL) return f32x4.div(ONE, x);
  if (operation == LOG1P) {
    // What is lost of x in 1 + x counts as its share; where nothing is left of x, the logarithm is x.
    const sum = f32x4.add(ONE, x);
    const lost = f32x4.div(f32x4.sub(x, f32x4.sub(sum, ONE)), sum);
    const isPlain = v128.and(f32x4.gt(sum, zero), f32x4.lt(sum, f32x4.splat(Infinity)));
    const result = f32x4.add(logVector(sum), v128.and(lost, isPlain));
    return v128.bitselect(x, result, f32x4.lt(f32x4.abs(x), f32x4.splat(5.9604644775390625e-8)));
  }
  const negative = expm1Vector(clamp(x, EXPM1_MIN, zero));
  return v128.bitselect(negative, x, f32x4.lt(x, zero));
}

// @ts-ignore: decorator
@inline
function evaluateAny(operation: i32, x: v128, parameter: v128): v128 {
  return operation < ABS ? evaluate(operation, x, parameter) : evaluateOther(operation, x);
}

// @ts-ignore: decorator
@inline
function map(operation: i32, x: usize, y: usize, count: i32, parameter: f32, first: i32, last: i32): void {
  const start = <usize>first * UNIT << 2;
  x += start;
  y += start;
  count = min(last * UNIT, count) - first * UNIT;
  const splat = f32x4.splat(parameter);
  if (operation == RELU || operation == RELU6 || operation == SIGMOID) {
    for (; count >= 16; count -= 16) {
      const y0 = evaluateAny(operation, v128.load(x), splat), y1 = evaluateAny(operation, v128.load(x, 16), splat);
      const y2 = evaluateAny(operation, v128.load(x, 32), splat), y3 = evaluateAny(operation, v128.load(x, 48), splat);
      v128.store(y, y0);
      v128.store(y, y1, 16);
      v128.store(y, y2, 32);
      v128.store(y, y3, 48);
      x += 64;
      y += 64;
    }
  }
  for (; count >= 4; count -= 4) {
    v128.store(y, evaluateAny(operation, v128.load(x), splat));
    x += 16;
    y += 16;
  }
  for (; count > 0; count--) {
    v128.store32_lane(y, evaluateAny(operation, v128.load32_splat(x), splat), 0);
    x += 4;
    y += 4;
  }
}

export function tanh(x: usize, y: usize, count: i32, parameter: f32, first: i32, last: i32): void {
  map(TANH, x, y, count, parameter, first, last);
}
export function erf(x: usize, y: usize, count: i32, parameter: f32, first: i32, last: i32): void {
  map(ERF, x, y, count, parameter, first, last);
}
export function exp(x: usize, y: usize, count: i32, parameter: f32, first: i32, last: i32): void {
  map(EXP, x, y, count, parameter, first, last);
}
export function expm1(x: usize, y: usize, count: i32, parameter: f32, first: i32, last: i32): void {
  map(EXPM1, x, y, count, parameter, first, last);
}
export function softplus(x: usize, y: usize, count: i32, parameter: f32, first: i32, last: i32): void {
  map(SOFTPLUS, x, y, count, parameter, first, last);
}
export function selu(x: usize, y: usize, count: i32, parameter: f32, first: i32, last: i32): void {
  map(SELU, x, y, count, parameter, first, last);
}
export function leakyRelu(x: usize, y: usize, count: i32, parameter: f32, first: i32, last: i32): void {
  map(LEAKY_RELU, x, y, count, parameter, first, last);
}
export function sqrt(x: usize, y: usize, count: i32, parameter: f32, first: i32, last: i32): void {
  map(SQRT, x, y, count, parameter, first, last);
}
export function rsqrt(x: usize, y: usize, count: i32, parameter: f32, first: i32, last: i32): void {
  map(RSQRT, x, y, count, parameter, first, last);
}
export function sign(x: usize, y: usize, count: i32, parameter: f32, first: i32, last: i32): void {
  map(SIGN, x, y, count, parameter, first, last);
}
export function relu(x: usize, y: usize, count: i32, parameter: f32, first: i32, last: i32): void {
  map(RELU, x, y, count, parameter, first, last);
}
export function relu6(x: usize, y: usize, count: i32, parameter: f32, first: i32, last: i32): void {
  map(RELU6, x, y, count, parameter, first, last);
}
export function square(x: usize, y: usize, count: i32, parameter: f32, first: i32, last: i32): void {
  map(SQUARE, x, y, count, parameter, first, last);
}
export function step(x: usize, y: usize, count: i32, parameter: f32, first: i32, last: i32): void {
  map(STEP, x, y, count, parameter, first, last);
}
// With the bias of exponents: what is rounded so, shifted, is the power of two.
export let EXPONENT_ROUNDER: v128 = f32x4.splat(12583039);
export let LOGISTIC_MIN: v128 = f32x4.splat(-87.33);

/**
 * z / (1 + z) with z = e^x for x below 0, and 1 less that of -x above: what is rounded is small beside the 1. 0 where z is no normal
 * number.
 */
// @ts-ignore: decorator
@inline
function sigmoidVector(x: v128): v128 {
  const down = v128.or(x, f32x4.splat(-0.0));
  const clamped = f32x4.pmax(down, LOGISTIC_MIN);
  const rounded = multiplyAdd(clamped, LOG2_E, EXPONENT_ROUNDER);
  const r = expRest(clamped, f32x4.sub(rounded, EXPONENT_ROUNDER));
  const z = f32x4.mul(multiplyAdd(expSeries(r), r, ONE), i32x4.shl(rounded, 23));
  const small = v128.andnot(f32x4.div(z, f32x4.add(ONE, z)), f32x4.lt(down, LOGISTIC_MIN));
  return v128.bitselect(small, f32x4.sub(ONE, small), i32x4.shr_s(x, 31));
}

export function sigmoid(x: usize, y: usize, count: i32, parameter: f32, first: i32, last: i32): void {
  map(SIGMOID, x, y, count, parameter, first, last);
}
export function log(x: usize, y: usize, count: i32, parameter: f32, first: i32, last: i32): void {
  map(LOG, x, y, count, parameter, first, last);
}
export function abs(x: usize, y: usize, count: i32, parameter: f32, first: i32, last: i32): void {
  map(ABS, x, y, count, parameter, first, last);
}
export function neg(x: usize, y: usize, count: i32, parameter: f32, first: i32, last: i32): void {
  map(NEG, x, y, count, parameter, first, last);
}
export function floor(x: usize, y: usize, count: i32, parameter: f32, first: i32, last: i32): void {
  map(FLOOR, x, y, count, parameter, first, last);
}
export function ceil(x: usize, y: usize, count: i32, parameter: f32, first: i32, last: i32): void {
  map(CEIL, x, y, count, parameter, first, last);
}
export function round(x: usize, y: usize, count: i32, parameter: f32, first: i32, last: i32): void {
  map(ROUND, x, y, count, parameter, first, last);
}
export function reciprocal(x: usize, y: usize, count: i32, parameter: f32, first: i32, last: i32): void {
  map(RECIPROCAL, x, y, count, parameter, first, last);
}
export function log1p(x: usize, y: usize, count: i32, parameter: f32, first: i32, last: i32): void {
  map(LOG1P, x, y, count, parameter, first, last);
}
export function elu(x: usize, y: usize, count: i32, parameter: f32, first: i32, last: i32): void {
  map(ELU, x, y, count, parameter, first, last);
}

/** y = min(max(x, low), high) for `count` numbers, NaN as it is. */
export function clip(x: usize, y: usize, count: i32, low: f32, high: f32, first: i32, last: i32): void {
  const start = <usize>first * UNIT << 2;
  x += start;
  y += start;
  count = min(last * UNIT, count) - first * UNIT;
  const lows = f32x4.splat(low), highs = f32x4.splat(high);
  for (; count >= 16; count -= 16) {
    const y0 = clamp(v128.load(x), lows, highs), y1 = clamp(v128.load(x, 16), lows, highs);
    const y2 = clamp(v128.load(x, 32), lows, highs), y3 = clamp(v128.load(x, 48), lows, highs);
    v128.store(y, y0);
    v128.store(y, y1, 16);
    v128.store(y, y2, 32);
    v128.store(y, y3, 48);
    x += 64;
    y += 64;
  }
  for (; count >= 4; count -= 4) {
    v128.store(y, clamp(v128.load(x), lows, highs));
    x += 16;
    y += 16;
  }
  for (; count > 0; count--) {
    v128.store32_lane(y, clamp(v128.load32_splat(x), lows, highs), 0);
    x += 4;
    y += 4;
  }
}

/** y = min(max(y + bias, low), high) in place, NaN as it is, for the rows of `width` numbers from `first` to before `last`. */
export function addBiasAndClip(y: usize, bias: usize, width: i32, low: f32, high: f32, first: i32, last: i32): void {
  const lows = f32x4.splat(low), highs = f32x4.splat(high);
  y += <usize>first * <usize>width << 2;
  for (let row = first; row < last; row++) {
    let from = bias;
    let count = width;
    for (; count >= 8; count -= 8) {
      const y0 = f32x4.add(v128.load(y), v128.load(from)), y1 = f32x4.add(v128.load(y, 16), v128.load(from, 16));
      v128.store(y, clamp(y0, lows, highs));
      v128.store(y, clamp(y1, lows, highs), 16);
      from += 32;
      y += 32;
    }
    for (; count >= 4; count -= 4) {
      v128.store(y, clamp(f32x4.add(v128.load(y), v128.load(from)), lows, highs));
      from += 16;
      y += 16;
    }
    for (; count > 0; count--) {
      v128.store32_lane(y, clamp(f32x4.add(v128.load32_splat(y), v128.load32_splat(from)), lows, highs), 0);
      from += 4;
      y += 4;
    }
  }
}

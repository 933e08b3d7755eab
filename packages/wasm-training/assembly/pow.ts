import { UNIT } from './elementwise';

/** ln x of two numbers above 0, no denormals: with x = 2^n m, m near 1, n ln 2 + 2 artanh((m - 1) / (m + 1)). */
// @ts-ignore: decorator
@inline
function logOf(x: v128): v128 {
  const root = i64x2.splat(0x3fe6a09e667f3bcd);
  // 2^10 more than n, which is above 0, in the low bits of a float of 2^52 and more.
  const n = i64x2.shr_u(i64x2.add(i64x2.sub(x, root), i64x2.splat(0x4000000000000000)), 52);
  const m = i64x2.sub(x, i64x2.shl(i64x2.sub(n, i64x2.splat(1024)), 52));
  const whole = f64x2.sub(v128.or(n, f64x2.splat(4503599627370496)), f64x2.splat(4503599627371520));
  const one = f64x2.splat(1);
  const s = f64x2.div(f64x2.sub(m, one), f64x2.add(m, one));
  const q = f64x2.mul(s, s);
  let series = f64x2.splat(1.0 / 13.0);
  series = f64x2.add(f64x2.mul(series, q), f64x2.splat(1.0 / 11.0));
  series = f64x2.add(f64x2.mul(series, q), f64x2.splat(1.0 / 9.0));
  series = f64x2.add(f64x2.mul(series, q), f64x2.splat(1.0 / 7.0));
  series = f64x2.add(f64x2.mul(series, q), f64x2.splat(1.0 / 5.0));
  series = f64x2.add(f64x2.mul(series, q), f64x2.splat(1.0 / 3.0));
  series = f64x2.add(f64x2.mul(series, q), one);
  return f64x2.add(f64x2.mul(whole, f64x2.splat(0.6931471805599453)), f64x2.mul(f64x2.add(s, s), series));
}

/** e^x of two numbers; beyond what a float holds at both ends. */
// @ts-ignore: decorator
@inline
function expOf(x: v128): v128 {
  const y = f64x2.pmax(f64x2.pmin(x, f64x2.splat(100)), f64x2.splat(-120));
  const rounder = f64x2.splat(6755399441055744);
  const rounded = f64x2.add(f64x2.mul(y, f64x2.splat(1.4426950408889634)), rounder);
  const r = f64x2.sub(y, f64x2.mul(f64x2.sub(rounded, rounder), f64x2.splat(0.6931471805599453)));
  let series = f64x2.splat(1.0 / 40320.0);
  series = f64x2.add(f64x2.mul(series, r), f64x2.splat(1.0 / 5040.0));
  series = f64x2.add(f64x2.mul(series, r), f64x2.splat(1.0 / 720.0));
  series = f64x2.add(f64x2.mul(series, r), f64x2.splat(1.0 / 120.0));
  series = f64x2.add(f64x2.mul(series, r), f64x2.splat(1.0 / 24.0));
  series = f64x2.add(f64x2.mul(series, r), f64x2.splat(1.0 / 6.0));
  series = f64x2.add(f64x2.mul(series, r), f64x2.splat(0.5));
  series = f64x2.add(f64x2.mul(series, r), f64x2.splat(1));
  series = f64x2.add(f64x2.mul(series, r), f64x2.splat(1));
  return f64x2.mul(series, i64x2.shl(i64x2.add(rounded, i64x2.splat(1023)), 52));
}

/** a^b of the first two numbers, of which those of a are above 0 and all are finite. */
// @ts-ignore: decorator
@inline
function powTwo(a: v128, b: v128): v128 {
  return f32x4.demote_f64x2_zero(expOf(f64x2.mul(f64x2.promote_low_f32x4(b), logOf(f64x2.promote_low_f32x4(a)))));
}

/** a^b with the rules of C for what is not finite: anything to the power of 0 is 1, and 1 to any power. */
function powOf(a: f32, b: f32): f32 {
  if (b == 0 || a == 1) return 1;
  if (a != a || b != b) return NaN;
  const size = abs(a);
  const isWhole = floor(b) == b;
  const isOdd = isWhole && abs(b) < 16777216 && (<i32>b & 1) != 0;
  let result: f32;
  if (size == 0 || size == Infinity) result = (size == 0) == (b > 0) ? 0 : Infinity;
  else if (abs(b) == Infinity) result = size == 1 ? 1 : (size > 1) == (b > 0) ? Infinity : 0;
  else if (a < 0 && !isWhole) return NaN;
  else result = f32x4.extract_lane(powTwo(f32x4.splat(size), f32x4.splat(b)), 0);
  return isOdd ? copysign(result, a) : result;
}

/** out = a^b for `count` numbers, of whose units it does those from `first` to before `last`; an operand whose flag is set is one number for all. */
export function pow(
  a: usize, aIsScalar: bool, b: usize, bIsScalar: bool, out: usize, count: i32, first: i32, last: i32,
): void {
  const aStep: usize = aIsScalar ? 0 : 4, bStep: usize = bIsScalar ? 0 : 4;
  const start = <usize>first * UNIT;
  a += start * aStep;
  b += start * bStep;
  out += start << 2;
  count = min(last * UNIT, count) - first * UNIT;
  const zero = f32x4.splat(0), infinity = f32x4.splat(Infinity);
  for (; count >= 4; count -= 4) {
    const x = aIsScalar ? v128.load32_splat(a) : v128.load(a), y = bIsScalar ? v128.load32_splat(b) : v128.load(b);
    const isPlain = v128.and(v128.and(f32x4.gt(x, zero), f32x4.lt(x, infinity)), f32x4.lt(f32x4.abs(y), infinity));
    if (i32x4.all_true(isPlain)) {
      const low = powTwo(x, y), high = powTwo(i64x2.shuffle(x, x, 1, 0), i64x2.shuffle(y, y, 1, 0));
      v128.store(out, i64x2.shuffle(low, high, 0, 2));
    } else {
      for (let lane: usize = 0; lane < 4; lane++) {
        store<f32>(out + (lane << 2), powOf(load<f32>(a + lane * aStep), load<f32>(b + lane * bStep)));
      }
    }
    a += aStep << 2;
    b += bStep << 2;
    out += 16;
  }
  for (; count > 0; count--) {
    store<f32>(out, powOf(load<f32>(a), load<f32>(b)));
    a += aStep;
    b += bStep;
    out += 4;
  }
}

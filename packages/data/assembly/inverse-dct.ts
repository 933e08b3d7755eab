/**
 * The inverse DCT of a block of 8 x 8 coefficients (int16, row-major), each times its quantum, to levels of 0..255 at `to`.
 *
 * Loeffler, Ligtenberg and Moschytz 1989, with constants of 13 bits and 2 bits more between the passes: the "accurate"
 * transform of libjpeg, in whose integers every rounding is given. Sums of two inputs wrap at 16 bits, as in its SIMD.
 */
export function inverseDct(block: usize, quanta: usize, to: usize, stride: usize): void {
  pass(
    scaled(block, quanta, 0), scaled(block, quanta, 1), scaled(block, quanta, 2), scaled(block, quanta, 3),
    scaled(block, quanta, 4), scaled(block, quanta, 5), scaled(block, quanta, 6), scaled(block, quanta, 7),
    block, 11,
  );
  pass(
    row(block, 0), row(block, 1), row(block, 2), row(block, 3), row(block, 4), row(block, 5), row(block, 6), row(block, 7),
    block, 18,
  );
  for (let y = 0; y < 8; y += 2) {
    const levels = i8x16.add(i8x16.narrow_i16x8_s(row(block, y), row(block, y + 1)), i8x16.splat(-128));
    v128.store64_lane(to, levels, 0);
    v128.store64_lane(to + stride, levels, 1);
    to += 2 * stride;
  }
}

/** The same of a block of which the first coefficient alone is not zero. */
export function inverseDctOfMean(mean: i32, to: usize, stride: usize): void {
  const level = min(max(((<i32>(<i16>mean) + 4) >> 3) + 128, 0), 255);
  const levels = <u64>level * 0x0101010101010101;
  for (let y = 0; y < 8; y++, to += stride) store<u64>(to, levels);
}

// @ts-ignore: decorator
@inline
function row(block: usize, y: i32): v128 {
  return v128.load(block + (y << 4));
}

// @ts-ignore: decorator
@inline
function scaled(block: usize, quanta: usize, y: i32): v128 {
  return i16x8.mul(row(block, y), row(quanta, y));
}

/** Transforms the eight columns, divides by 2^shift, and writes the result with rows and columns exchanged. */
// @ts-ignore: decorator
@inline
function pass(
  r0: v128, r1: v128, r2: v128, r3: v128, r4: v128, r5: v128, r6: v128, r7: v128, to: usize, shift: i32,
): void {
  const half = i32x4.splat(1 << (shift - 1));
  // Even rows.
  const sum = i16x8.add(r0, r4), difference = i16x8.sub(r0, r4);
  const sumLow = scaledUp(lower(sum)), sumHigh = scaledUp(upper(sum));
  const differenceLow = scaledUp(lower(difference)), differenceHigh = scaledUp(upper(difference));
  const l26 = lowPairs(r2, r6), h26 = highPairs(r2, r6);
  const t2Low = dot(l26, 4433, -10704), t2High = dot(h26, 4433, -10704);
  const t3Low = dot(l26, 10703, 4433), t3High = dot(h26, 10703, 4433);
  const t10Low = i32x4.add(i32x4.add(sumLow, t3Low), half), t10High = i32x4.add(i32x4.add(sumHigh, t3High), half);
  const t13Low = i32x4.add(i32x4.sub(sumLow, t3Low), half), t13High = i32x4.add(i32x4.sub(sumHigh, t3High), half);
  const t11Low = i32x4.add(i32x4.add(differenceLow, t2Low), half);
  const t11High = i32x4.add(i32x4.add(differenceHigh, t2High), half);
  const t12Low = i32x4.add(i32x4.sub(differenceLow, t2Low), half);
  const t12High = i32x4.add(i32x4.sub(differenceHigh, t2High), half);
  // Odd rows.
  const z3 = i16x8.add(r7, r3), z4 = i16x8.add(r5, r1);
  const zLow = lowPairs(z3, z4), zHigh = highPairs(z3, z4);
  const z3Low = dot(zLow, -6436, 9633), z3High = dot(zHigh, -6436, 9633);
  const z4Low = dot(zLow, 9633, 6437), z4High = dot(zHigh, 9633, 6437);
  const l71 = lowPairs(r7, r1), h71 = highPairs(r7, r1), l53 = lowPairs(r5, r3), h53 = highPairs(r5, r3);
  const u0Low = i32x4.add(dot(l71, -4927, -7373), z3Low), u0High = i32x4.add(dot(h71, -4927, -7373), z3High);
  const u1Low = i32x4.add(dot(l53, -4176, -20995), z4Low), u1High = i32x4.add(dot(h53, -4176, -20995), z4High);
  const u2Low = i32x4.add(dot(l53, -20995, 4177), z3Low), u2High = i32x4.add(dot(h53, -20995, 4177), z3High);
  const u3Low = i32x4.add(dot(l71, -7373, 4926), z4Low), u3High = i32x4.add(dot(h71, -7373, 4926), z4High);

  const a = narrowed(i32x4.add(t10Low, u3Low), i32x4.add(t10High, u3High), shift);
  const h = narrowed(i32x4.sub(t10Low, u3Low), i32x4.sub(t10High, u3High), shift);
  const b = narrowed(i32x4.add(t11Low, u2Low), i32x4.add(t11High, u2High), shift);
  const g = narrowed(i32x4.sub(t11Low, u2Low), i32x4.sub(t11High, u2High), shift);
  const c = narrowed(i32x4.add(t12Low, u1Low), i32x4.add(t12High, u1High), shift);
  const f = narrowed(i32x4.sub(t12Low, u1Low), i32x4.sub(t12High, u1High), shift);
  const d = narrowed(i32x4.add(t13Low, u0Low), i32x4.add(t13High, u0High), shift);
  const e = narrowed(i32x4.sub(t13Low, u0Low), i32x4.sub(t13High, u0High), shift);

  const ab = lowPairs(a, b), abHigh = highPairs(a, b), cd = lowPairs(c, d), cdHigh = highPairs(c, d);
  const ef = lowPairs(e, f), efHigh = highPairs(e, f), gh = lowPairs(g, h), ghHigh = highPairs(g, h);
  storeTransposed(to, ab, cd, ef, gh);
  storeTransposed(to + 64, abHigh, cdHigh, efHigh, ghHigh);
}

/** Of pairs of rows, four columns as rows. */
// @ts-ignore: decorator
@inline
function storeTransposed(to: usize, ab: v128, cd: v128, ef: v128, gh: v128): void {
  const left = v128.shuffle<i32>(ab, cd, 0, 4, 1, 5), right = v128.shuffle<i32>(ef, gh, 0, 4, 1, 5);
  v128.store(to, v128.shuffle<i64>(left, right, 0, 2));
  v128.store(to, v128.shuffle<i64>(left, right, 1, 3), 16);
  const left2 = v128.shuffle<i32>(ab, cd, 2, 6, 3, 7), right2 = v128.shuffle<i32>(ef, gh, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<i64>(left2, right2, 0, 2), 32);
  v128.store(to, v128.shuffle<i64>(left2, right2, 1, 3), 48);
}

// @ts-ignore: decorator
@inline
function lower(row: v128): v128 {
  return i32x4.extend_low_i16x8_s(row);
}

// @ts-ignore: decorator
@inline
function upper(row: v128): v128 {
  return i32x4.extend_high_i16x8_s(row);
}

// @ts-ignore: decorator
@inline
function scaledUp(values: v128): v128 {
  return i32x4.shl(values, 13);
}

// @ts-ignore: decorator
@inline
function lowPairs(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}

// @ts-ignore: decorator
@inline
function highPairs(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}

// @ts-ignore: decorator
@inline
function dot(pairs: v128, first: i16, second: i16): v128 {
  return i32x4.dot_i16x8_s(pairs, i32x4.splat((<i32>second << 16) | (<i32>first & 0xffff)));
}

// @ts-ignore: decorator
@inline
function narrowed(low: v128, high: v128, shift: i32): v128 {
  return i16x8.narrow_i32x4_s(i32x4.shr_s(low, shift), i32x4.shr_s(high, shift));
}

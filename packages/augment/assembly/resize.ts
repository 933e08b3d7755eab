/**
 * Resizes an image of three channels: of four rows a line, of four pixels of the line each pixel of the result, rounded to
 * a byte. As JavaScript computes: products and sums in float64, lines and results rounded to float32, halves up.
 *
 * `data` is the part that is resized, `length` values a row; pixels (int32) and weights (float32) come in fours. Rows of
 * `data`, `line` and `result` are read or written up to 15 bytes beyond their ends.
 */
export function resizeToBytes(
  data: usize, length: i32, rowPixels: usize, rowWeights: usize, height: i32,
  columnPixels: usize, columnWeights: usize, width: i32, line: usize, result: usize,
): void {
  for (let y = 0; y < height; y++) {
    weighRows(data, length, rowPixels + (y << 4), rowWeights + (y << 4), line);
    result = weighColumns(line, columnPixels, columnWeights, width, result);
  }
}

function weighRows(data: usize, length: i32, pixels: usize, weights: usize, line: usize): void {
  let a = data + load<i32>(pixels) * length;
  let b = data + load<i32>(pixels, 4) * length;
  let c = data + load<i32>(pixels, 8) * length;
  let d = data + load<i32>(pixels, 12) * length;
  const ofA = weightAt(weights), ofB = weightAt(weights + 4), ofC = weightAt(weights + 8), ofD = weightAt(weights + 12);
  for (const end = line + (length << 2); line < end; line += 16, a += 4, b += 4, c += 4, d += 4) {
    const fourA = fourLevels(a), fourB = fourLevels(b), fourC = fourLevels(c), fourD = fourLevels(d);
    const low = weigh(
      f64x2.convert_low_i32x4_s(fourA), f64x2.convert_low_i32x4_s(fourB),
      f64x2.convert_low_i32x4_s(fourC), f64x2.convert_low_i32x4_s(fourD), ofA, ofB, ofC, ofD,
    );
    const high = weigh(
      f64x2.convert_low_i32x4_s(upper(fourA)), f64x2.convert_low_i32x4_s(upper(fourB)),
      f64x2.convert_low_i32x4_s(upper(fourC)), f64x2.convert_low_i32x4_s(upper(fourD)), ofA, ofB, ofC, ofD,
    );
    v128.store(line, v128.shuffle<i32>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 1, 4, 5));
  }
}

function weighColumns(line: usize, pixels: usize, weights: usize, width: i32, result: usize): usize {
  for (let x = 0; x < width; x++, pixels += 16, weights += 16, result += 3) {
    const a = v128.load(line + load<i32>(pixels) * 12);
    const b = v128.load(line + load<i32>(pixels, 4) * 12);
    const c = v128.load(line + load<i32>(pixels, 8) * 12);
    const d = v128.load(line + load<i32>(pixels, 12) * 12);
    const ofA = weightAt(weights), ofB = weightAt(weights + 4), ofC = weightAt(weights + 8), ofD = weightAt(weights + 12);
    const low = weigh(
      f64x2.promote_low_f32x4(a), f64x2.promote_low_f32x4(b),
      f64x2.promote_low_f32x4(c), f64x2.promote_low_f32x4(d), ofA, ofB, ofC, ofD,
    );
    const high = weigh(
      f64x2.promote_low_f32x4(upper(a)), f64x2.promote_low_f32x4(upper(b)),
      f64x2.promote_low_f32x4(upper(c)), f64x2.promote_low_f32x4(upper(d)), ofA, ofB, ofC, ofD,
    );
    const words = v128.shuffle<i32>(rounded(low), rounded(high), 0, 1, 4, 5);
    const shorts = i16x8.narrow_i32x4_s(words, words);
    // The fourth byte is the next pixel's, which is written next.
    v128.store32_lane(result, i8x16.narrow_i16x8_u(shorts, shorts), 0);
  }
  return result;
}

// @ts-ignore: decorator
@inline
function weightAt(weight: usize): v128 {
  return f64x2.splat(<f64>load<f32>(weight));
}

// @ts-ignore: decorator
@inline
function fourLevels(at: usize): v128 {
  return i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(at)));
}

// @ts-ignore: decorator
@inline
function upper(both: v128): v128 {
  return v128.shuffle<i64>(both, both, 1, 0);
}

// @ts-ignore: decorator
@inline
function weigh(a: v128, b: v128, c: v128, d: v128, ofA: v128, ofB: v128, ofC: v128, ofD: v128): v128 {
  return f64x2.add(f64x2.add(f64x2.add(f64x2.mul(ofA, a), f64x2.mul(ofB, b)), f64x2.mul(ofC, c)), f64x2.mul(ofD, d));
}

/** The nearest whole numbers of two values rounded to float32, halves up; below 0 any that is not above. */
// @ts-ignore: decorator
@inline
function rounded(values: v128): v128 {
  const floats = f64x2.promote_low_f32x4(f32x4.demote_f64x2_zero(values));
  return i32x4.trunc_sat_f64x2_s_zero(f64x2.add(floats, f64x2.splat(0.5)));
}

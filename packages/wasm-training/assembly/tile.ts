// The inner loops everything else feeds. Both keep a tile of 4 rows x 8 columns in 8 vector registers: with two vectors
// of B, a broadcast value of A and a product that is 12 of the 15 that V8 can use on x86.

/** a * b + c; fused where the relaxed build runs, which rounds once instead of twice. */
// @ts-ignore: decorator
@inline
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(c, f32x4.mul(a, b));
}

/** Writes, or adds, the first `count` (1 to 8) of the eight numbers. */
// @ts-ignore: decorator
@inline
function putRow(to: usize, low: v128, high: v128, count: i32, add: bool): void {
  if (count >= 8) {
    if (add) {
      low = f32x4.add(low, v128.load(to));
      high = f32x4.add(high, v128.load(to, 16));
    }
    v128.store(to, low);
    v128.store(to, high, 16);
  } else {
    putPart(to, low, high, count, add);
  }
}

function putPart(to: usize, low: v128, high: v128, count: i32, add: bool): void {
  for (let i = 0; i < count; i++) {
    let value = i < 4 ? low : high;
    if (i & 2) value = v128.shuffle<i32>(value, value, 2, 3, 2, 3);
    if (i & 1) value = v128.shuffle<i32>(value, value, 1, 1, 1, 1);
    const number = f32x4.extract_lane(value, 0);
    store<f32>(to, add ? load<f32>(to) + number : number);
    to += 4;
  }
}

/**
 * C[4, 8] = A B, or C += A B where `add` is set, over a depth made of `images` x `rows` x `columns` steps. A holds 4 numbers a
 * step, `aStep` bytes apart within a row; B holds 8 numbers a step, without gaps. Only `height` rows and `width` columns of C are
 * written; its rows are `cStride` bytes apart.
 */
export function putStridedTile(
  a: usize, aImage: usize, aRow: usize, aStep: usize, b: usize, images: i32, rows: i32, columns: i32,
  c: usize, cStride: usize, height: i32, width: i32, add: bool,
): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  for (let image = 0; image < images; image++) {
    let rowStart = a;
    for (let row = 0; row < rows; row++) {
      let pa = rowStart;
      for (let column = columns; column > 0; column--) {
        const b0 = v128.load(b), b1 = v128.load(b, 16);
        let value = v128.load32_splat(pa);
        c00 = multiplyAdd(value, b0, c00);
        c01 = multiplyAdd(value, b1, c01);
        value = v128.load32_splat(pa, 4);
        c10 = multiplyAdd(value, b0, c10);
        c11 = multiplyAdd(value, b1, c11);
        value = v128.load32_splat(pa, 8);
        c20 = multiplyAdd(value, b0, c20);
        c21 = multiplyAdd(value, b1, c21);
        value = v128.load32_splat(pa, 12);
        c30 = multiplyAdd(value, b0, c30);
        c31 = multiplyAdd(value, b1, c31);
        pa += aStep;
        b += 32;
      }
      rowStart += aRow;
    }
    a += aImage;
  }
  putRow(c, c00, c01, width, add);
  if (height < 2) return;
  c += cStride;
  putRow(c, c10, c11, width, add);
  if (height < 3) return;
  c += cStride;
  putRow(c, c20, c21, width, add);
  if (height < 4) return;
  putRow(c + cStride, c30, c31, width, add);
}

/**
 * C[4, 8] = A B, or C += A B where `add` is set, over `depth` steps: A holds 4 numbers a step, B 8, both without gaps.
 * `targets` holds the addresses of the rows of C. Only `height` rows and `width` columns are written.
 */
export function putTile(
  a: usize, b: usize, depth: i32, targets: usize, targetOffset: usize, height: i32, width: i32, add: bool,
): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  for (; depth > 0; depth--) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let value = v128.load32_splat(a);
    c00 = multiplyAdd(value, b0, c00);
    c01 = multiplyAdd(value, b1, c01);
    value = v128.load32_splat(a, 4);
    c10 = multiplyAdd(value, b0, c10);
    c11 = multiplyAdd(value, b1, c11);
    value = v128.load32_splat(a, 8);
    c20 = multiplyAdd(value, b0, c20);
    c21 = multiplyAdd(value, b1, c21);
    value = v128.load32_splat(a, 12);
    c30 = multiplyAdd(value, b0, c30);
    c31 = multiplyAdd(value, b1, c31);
    a += 16;
    b += 32;
  }
  putRow(<usize>load<u32>(targets) + targetOffset, c00, c01, width, add);
  if (height < 2) return;
  putRow(<usize>load<u32>(targets, 4) + targetOffset, c10, c11, width, add);
  if (height < 3) return;
  putRow(<usize>load<u32>(targets, 8) + targetOffset, c20, c21, width, add);
  if (height < 4) return;
  putRow(<usize>load<u32>(targets, 12) + targetOffset, c30, c31, width, add);
}

/**
 * C[4, 8] = A B, or C += A B where `add` is set, over `taps` x `depth` steps. `sources` holds, for each tap, the addresses of the four
 * rows of A, to which `sourceOffset` is added; B holds 8 numbers a step, without gaps. `targets` holds the addresses of the rows of
 * C. Only `height` rows and `width` columns are written.
 */
export function putGatheredTile(
  sources: usize, sourceOffset: usize, taps: i32, depth: i32, b: usize, targets: usize, targetOffset: usize, height: i32, width: i32,
  add: bool,
): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  for (; taps > 0; taps--) {
    let a0 = <usize>load<u32>(sources) + sourceOffset, a1 = <usize>load<u32>(sources, 4) + sourceOffset;
    let a2 = <usize>load<u32>(sources, 8) + sourceOffset, a3 = <usize>load<u32>(sources, 12) + sourceOffset;
    sources += 16;
    let left = depth;
    for (; left >= 4; left -= 4) {
      let b0 = v128.load(b), b1 = v128.load(b, 16);
      let value = v128.load32_splat(a0);
      c00 = multiplyAdd(value, b0, c00);
      c01 = multiplyAdd(value, b1, c01);
      value = v128.load32_splat(a1);
      c10 = multiplyAdd(value, b0, c10);
      c11 = multiplyAdd(value, b1, c11);
      value = v128.load32_splat(a2);
      c20 = multiplyAdd(value, b0, c20);
      c21 = multiplyAdd(value, b1, c21);
      value = v128.load32_splat(a3);
      c30 = multiplyAdd(value, b0, c30);
      c31 = multiplyAdd(value, b1, c31);
      b0 = v128.load(b, 32), b1 = v128.load(b, 48);
      value = v128.load32_splat(a0, 4);
      c00 = multiplyAdd(value, b0, c00);
      c01 = multiplyAdd(value, b1, c01);
      value = v128.load32_splat(a1, 4);
      c10 = multiplyAdd(value, b0, c10);
      c11 = multiplyAdd(value, b1, c11);
      value = v128.load32_splat(a2, 4);
      c20 = multiplyAdd(value, b0, c20);
      c21 = multiplyAdd(value, b1, c21);
      value = v128.load32_splat(a3, 4);
      c30 = multiplyAdd(value, b0, c30);
      c31 = multiplyAdd(value, b1, c31);
      b0 = v128.load(b, 64), b1 = v128.load(b, 80);
      value = v128.load32_splat(a0, 8);
      c00 = multiplyAdd(value, b0, c00);
      c01 = multiplyAdd(value, b1, c01);
      value = v128.load32_splat(a1, 8);
      c10 = multiplyAdd(value, b0, c10);
      c11 = multiplyAdd(value, b1, c11);
      value = v128.load32_splat(a2, 8);
      c20 = multiplyAdd(value, b0, c20);
      c21 = multiplyAdd(value, b1, c21);
      value = v128.load32_splat(a3, 8);
      c30 = multiplyAdd(value, b0, c30);
      c31 = multiplyAdd(value, b1, c31);
      b0 = v128.load(b, 96), b1 = v128.load(b, 112);
      value = v128.load32_splat(a0, 12);
      c00 = multiplyAdd(value, b0, c00);
      c01 = multiplyAdd(value, b1, c01);
      value = v128.load32_splat(a1, 12);
      c10 = multiplyAdd(value, b0, c10);
      c11 = multiplyAdd(value, b1, c11);
      value = v128.load32_splat(a2, 12);
      c20 = multiplyAdd(value, b0, c20);
      c21 = multiplyAdd(value, b1, c21);
      value = v128.load32_splat(a3, 12);
      c30 = multiplyAdd(value, b0, c30);
      c31 = multiplyAdd(value, b1, c31);
      a0 += 16; a1 += 16; a2 += 16; a3 += 16;
      b += 128;
    }
    for (; left > 0; left--) {
      const b0 = v128.load(b), b1 = v128.load(b, 16);
      let value = v128.load32_splat(a0);
      c00 = multiplyAdd(value, b0, c00);
      c01 = multiplyAdd(value, b1, c01);
      value = v128.load32_splat(a1);
      c10 = multiplyAdd(value, b0, c10);
      c11 = multiplyAdd(value, b1, c11);
      value = v128.load32_splat(a2);
      c20 = multiplyAdd(value, b0, c20);
      c21 = multiplyAdd(value, b1, c21);
      value = v128.load32_splat(a3);
      c30 = multiplyAdd(value, b0, c30);
      c31 = multiplyAdd(value, b1, c31);
      a0 += 4; a1 += 4; a2 += 4; a3 += 4;
      b += 32;
    }
  }
  putRow(<usize>load<u32>(targets) + targetOffset, c00, c01, width, add);
  if (height < 2) return;
  putRow(<usize>load<u32>(targets, 4) + targetOffset, c10, c11, width, add);
  if (height < 3) return;
  putRow(<usize>load<u32>(targets, 8) + targetOffset, c20, c21, width, add);
  if (height < 4) return;
  putRow(<usize>load<u32>(targets, 12) + targetOffset, c30, c31, width, add);
}

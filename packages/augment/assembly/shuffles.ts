/** What several kernels do with sixteen pixels of three channels at a time. */

/** The red levels of 16 pixels, whose 48 bytes are in `a`, `b` and `c`. */
// @ts-ignore: decorator
@inline
export function reds(a: v128, b: v128, c: v128): v128 {
  const ab = v128.shuffle<i8>(a, b, 0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 0, 0, 0, 0, 0);
  return v128.shuffle<i8>(ab, c, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 17, 20, 23, 26, 29);
}

// @ts-ignore: decorator
@inline
export function greens(a: v128, b: v128, c: v128): v128 {
  const ab = v128.shuffle<i8>(a, b, 1, 4, 7, 10, 13, 16, 19, 22, 25, 28, 31, 0, 0, 0, 0, 0);
  return v128.shuffle<i8>(ab, c, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 18, 21, 24, 27, 30);
}

// @ts-ignore: decorator
@inline
export function blues(a: v128, b: v128, c: v128): v128 {
  const ab = v128.shuffle<i8>(a, b, 2, 5, 8, 11, 14, 17, 20, 23, 26, 29, 0, 0, 0, 0, 0, 0);
  return v128.shuffle<i8>(ab, c, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 19, 22, 25, 28, 31);
}

// @ts-ignore: decorator
@inline
export function lowest(levels: v128): v128 {
  return i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(levels));
}

// @ts-ignore: decorator
@inline
export function second(levels: v128): v128 {
  return i32x4.extend_high_i16x8_u(i16x8.extend_low_i8x16_u(levels));
}

// @ts-ignore: decorator
@inline
export function third(levels: v128): v128 {
  return i32x4.extend_low_i16x8_u(i16x8.extend_high_i8x16_u(levels));
}

// @ts-ignore: decorator
@inline
export function highest(levels: v128): v128 {
  return i32x4.extend_high_i16x8_u(i16x8.extend_high_i8x16_u(levels));
}

/** The bytes nearest to four times four whole numbers. */
// @ts-ignore: decorator
@inline
export function bytes(a: v128, b: v128, c: v128, d: v128): v128 {
  return i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d));
}

import { ACROSS, COMPONENT_BYTES, DOWN, HEIGHT, PLANE, STRIDE, WIDTH } from './component';

/**
 * Writes red, green and blue of a part of an image from the levels of its components.
 *
 * Where there are fewer differences of colour than pixels, those between are made as libjpeg's "fancy upsampling" makes
 * them: three parts of the nearer one, one of the next, halves up and down in turn. Beyond the edge is the level of the edge.
 *
 * `line` has room for two rows of pixels. Rows are read, and `to` is written, up to 31 bytes beyond their ends.
 */
export function writePixels(
  components: usize, count: i32, top: i32, left: i32, height: i32, width: i32, line: usize, to: usize,
): void {
  const luma = <usize>load<i32>(components + PLANE), stride = load<i32>(components + STRIDE);
  const blue = components + COMPONENT_BYTES, red = blue + COMPONENT_BYTES;
  const line2 = line + ((width + 63) & ~15);
  if (count == 3) {
    repeatEdges(blue);
    repeatEdges(red);
  }
  for (let y = top; y < top + height; y++, to += 3 * width) {
    const row = luma + y * stride + left;
    if (count == 1) {
      for (let x = 0; x < width; x += 16) {
        const levels = v128.load(row + x);
        storeInterleaved(to + 3 * x, levels, levels, levels);
      }
      continue;
    }
    const ratio = load<i32>(components + ACROSS);
    if (ratio == 1) {
      writeRow(row, rowOf(blue, y) + left, rowOf(red, y) + left, width, to);
      continue;
    }
    const hasRows = load<i32>(components + DOWN) == 2;
    const near = hasRows ? y >> 1 : y, next = hasRows ? near + ((y & 1) == 0 ? -1 : 1) : near;
    const first = left >> 1, pairs = ((left + width - 1) >> 1) - first + 1;
    upsample(rowOf(blue, near) + first, rowOf(blue, next) + first, pairs, hasRows, line);
    upsample(rowOf(red, near) + first, rowOf(red, next) + first, pairs, hasRows, line2);
    writeRow(row, line + (left & 1), line2 + (left & 1), width, to);
  }
}

/** The row of a component, or the one at the edge. */
function rowOf(component: usize, y: i32): usize {
  const inside = min(max(y, 0), load<i32>(component + HEIGHT) - 1);
  return load<i32>(component + PLANE) + inside * load<i32>(component + STRIDE);
}

function repeatEdges(component: usize): void {
  const width = load<i32>(component + WIDTH), height = load<i32>(component + HEIGHT);
  for (let y = 0; y < height; y++) {
    const row = rowOf(component, y);
    store<u8>(row - 1, load<u8>(row));
    store<u8>(row + width, load<u8>(row + width - 1));
  }
}

function writeRow(luma: usize, blue: usize, red: usize, width: i32, to: usize): void {
  for (let x = 0; x < width; x += 16, to += 48) {
    const y = v128.load(luma + x);
    const b = i8x16.sub(v128.load(blue + x), i8x16.splat(-128)), r = i8x16.sub(v128.load(red + x), i8x16.splat(-128));
    const yLow = i16x8.extend_low_i8x16_u(y), yHigh = i16x8.extend_high_i8x16_u(y);
    const bLow = i16x8.extend_low_i8x16_s(b), bHigh = i16x8.extend_high_i8x16_s(b);
    const rLow = i16x8.extend_low_i8x16_s(r), rHigh = i16x8.extend_high_i8x16_s(r);
    storeInterleaved(
      to,
      i8x16.narrow_i16x8_u(redOf(yLow, rLow), redOf(yHigh, rHigh)),
      i8x16.narrow_i16x8_u(greenOf(yLow, bLow, rLow), greenOf(yHigh, bHigh, rHigh)),
      i8x16.narrow_i16x8_u(blueOf(yLow, bLow), blueOf(yHigh, bHigh)),
    );
  }
}

/** Two levels for each of `count`. */
function upsample(near: usize, next: usize, count: i32, hasRows: bool, to: usize): void {
  for (let x = 0; x < count; x += 8, near += 8, next += 8, to += 16) {
    let even: v128, odd: v128;
    if (hasRows) {
      const sum = weighed(near, next), three = i16x8.mul(sum, i16x8.splat(3));
      even = i16x8.shr_u(i16x8.add(i16x8.add(three, weighed(near - 1, next - 1)), i16x8.splat(8)), 4);
      odd = i16x8.shr_u(i16x8.add(i16x8.add(three, weighed(near + 1, next + 1)), i16x8.splat(7)), 4);
    } else {
      const three = i16x8.mul(eight(near), i16x8.splat(3));
      even = i16x8.shr_u(i16x8.add(i16x8.add(three, eight(near - 1)), i16x8.splat(1)), 2);
      odd = i16x8.shr_u(i16x8.add(i16x8.add(three, eight(near + 1)), i16x8.splat(2)), 2);
    }
    v128.store(to, v128.or(even, i16x8.shl(odd, 8)));
  }
}

// @ts-ignore: decorator
@inline
function eight(at: usize): v128 {
  return v128.load8x8_u(at);
}

// @ts-ignore: decorator
@inline
function weighed(near: usize, next: usize): v128 {
  return i16x8.add(i16x8.mul(eight(near), i16x8.splat(3)), eight(next));
}

/** y + 1.402 r, in 65536ths, rounded: 1.402 is 1 + 26345 / 65536. */
// @ts-ignore: decorator
@inline
function redOf(y: v128, r: v128): v128 {
  return i16x8.add(i16x8.add(y, r), share(r, i16x8.splat(2), 26345, 16384));
}

/** y - 0.34414 b - 0.71414 r: the latter is -1 + 18734 / 65536. */
// @ts-ignore: decorator
@inline
function greenOf(y: v128, b: v128, r: v128): v128 {
  const half = i32x4.splat(32768);
  const low = i32x4.shr_s(i32x4.add(dotLow(b, r, -22554, 18734), half), 16);
  const high = i32x4.shr_s(i32x4.add(dotHigh(b, r, -22554, 18734), half), 16);
  return i16x8.add(i16x8.sub(y, r), i16x8.narrow_i32x4_s(low, high));
}

/** y + 1.772 b: 1.772 is 2 - 14942 / 65536. */
// @ts-ignore: decorator
@inline
function blueOf(y: v128, b: v128): v128 {
  return i16x8.add(i16x8.add(y, i16x8.shl(b, 1)), share(b, i16x8.splat(2), -14942, 16384));
}

// @ts-ignore: decorator
@inline
function share(a: v128, b: v128, ofA: i16, ofB: i16): v128 {
  return i16x8.narrow_i32x4_s(i32x4.shr_s(dotLow(a, b, ofA, ofB), 16), i32x4.shr_s(dotHigh(a, b, ofA, ofB), 16));
}

// @ts-ignore: decorator
@inline
function dotLow(a: v128, b: v128, ofA: i16, ofB: i16): v128 {
  const weights = i32x4.splat((<i32>ofB << 16) | (<i32>ofA & 0xffff));
  return i32x4.dot_i16x8_s(v128.shuffle<i16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11), weights);
}

// @ts-ignore: decorator
@inline
function dotHigh(a: v128, b: v128, ofA: i16, ofB: i16): v128 {
  const weights = i32x4.splat((<i32>ofB << 16) | (<i32>ofA & 0xffff));
  return i32x4.dot_i16x8_s(v128.shuffle<i16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15), weights);
}

// @ts-ignore: decorator
@inline
function storeInterleaved(to: usize, r: v128, g: v128, b: v128): void {
  const first = v128.shuffle<i8>(r, g, 0, 16, 0, 1, 17, 0, 2, 18, 0, 3, 19, 0, 4, 20, 0, 5);
  v128.store(to, v128.shuffle<i8>(first, b, 0, 1, 16, 3, 4, 17, 6, 7, 18, 9, 10, 19, 12, 13, 20, 15));
  const second = v128.shuffle<i8>(r, g, 21, 0, 6, 22, 0, 7, 23, 0, 8, 24, 0, 9, 25, 0, 10, 26);
  v128.store(to, v128.shuffle<i8>(second, b, 0, 21, 2, 3, 22, 5, 6, 23, 8, 9, 24, 11, 12, 25, 14, 15), 16);
  const third = v128.shuffle<i8>(r, g, 0, 11, 27, 0, 12, 28, 0, 13, 29, 0, 14, 30, 0, 15, 31, 0);
  v128.store(to, v128.shuffle<i8>(third, b, 26, 1, 2, 27, 4, 5, 28, 7, 8, 29, 10, 11, 30, 13, 14, 31), 32);
}

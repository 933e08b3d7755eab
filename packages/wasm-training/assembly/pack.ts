/**
 * Copies a matrix [depth, width] into panels of 8 columns: panel j holds 8 numbers for each step of the depth,
 * zeros where the width ends. Strides and `panelStride` (from one panel to the next) count bytes; one of the two strides
 * is 4.
 */
export function packColumns8(
  from: usize, depth: i32, width: i32, depthStride: usize, widthStride: usize, to: usize, panelStride: usize,
): void {
  for (let column = 0; column < width; column += 8) {
    packPanel8(from + <usize>column * widthStride, depth, min(width - column, 8), depthStride, widthStride, to);
    to += panelStride;
  }
}

/** One such panel, of `count` columns, 1 to 8. */
export function packPanel8(from: usize, depth: i32, count: i32, depthStride: usize, widthStride: usize, to: usize): void {
  if (widthStride == 4) packRows(from, depth, depthStride, count, to);
  else packTransposed(from, depth, widthStride, count, to);
}

function packRows(from: usize, depth: i32, depthStride: usize, count: i32, to: usize): void {
  if (count == 8) {
    for (let step = 0; step < depth; step++) {
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from, 16), 16);
      from += depthStride;
      to += 32;
    }
    return;
  }
  const zero = f32x4.splat(0);
  for (let step = 0; step < depth; step++) {
    v128.store(to, zero);
    v128.store(to, zero, 16);
    for (let i = 0; i < count; i++) store<f32>(to + (<usize>i << 2), load<f32>(from + (<usize>i << 2)));
    from += depthStride;
    to += 32;
  }
}

function packTransposed(from: usize, depth: i32, widthStride: usize, count: i32, to: usize): void {
  let step = 0;
  if (count == 8) {
    for (; step + 4 <= depth; step += 4) {
      const fifth = from + (widthStride << 2);
      transpose4(from, from + widthStride, from + 2 * widthStride, from + 3 * widthStride, to, 32);
      transpose4(fifth, fifth + widthStride, fifth + 2 * widthStride, fifth + 3 * widthStride, to + 16, 32);
      from += 16;
      to += 128;
    }
  }
  const zero = f32x4.splat(0);
  for (; step < depth; step++) {
    v128.store(to, zero);
    v128.store(to, zero, 16);
    let source = from;
    for (let i = 0; i < count; i++) {
      store<f32>(to + (<usize>i << 2), load<f32>(source));
      source += widthStride;
    }
    from += 4;
    to += 32;
  }
}

/** Writes the transpose of the 4 x 4 block whose rows start at four addresses. */
// @ts-ignore: decorator
@inline
function transpose4(a0: usize, a1: usize, a2: usize, a3: usize, to: usize, toStride: usize): void {
  const r0 = v128.load(a0), r1 = v128.load(a1), r2 = v128.load(a2), r3 = v128.load(a3);
  const low01 = v128.shuffle<i32>(r0, r1, 0, 4, 1, 5);
  const low23 = v128.shuffle<i32>(r2, r3, 0, 4, 1, 5);
  const high01 = v128.shuffle<i32>(r0, r1, 2, 6, 3, 7);
  const high23 = v128.shuffle<i32>(r2, r3, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<i64>(low01, low23, 0, 2));
  v128.store(to + toStride, v128.shuffle<i64>(low01, low23, 1, 3));
  v128.store(to + 2 * toStride, v128.shuffle<i64>(high01, high23, 0, 2));
  v128.store(to + 3 * toStride, v128.shuffle<i64>(high01, high23, 1, 3));
}

/**
 * Copies `count` groups of 4 neighbouring numbers, `stride` bytes apart, into one run, with zeros where `channels` (1 to
 * 4, those that exist in each group) ends.
 */
export function packRun4(from: usize, count: i32, stride: usize, channels: i32, to: usize): void {
  if (channels >= 4) {
    for (let i = 0; i < count; i++) {
      v128.store(to, v128.load(from));
      from += stride;
      to += 16;
    }
    return;
  }
  for (let i = 0; i < count; i++) {
    store<f32>(to, load<f32>(from));
    store<f32>(to, channels > 1 ? load<f32>(from, 4) : 0, 4);
    store<f32>(to, channels > 2 ? load<f32>(from, 8) : 0, 8);
    store<f32>(to, 0, 12);
    from += stride;
    to += 16;
  }
}

/** Interleaves `depth` numbers from each of four rows: 4 numbers a step. */
export function interleave4(a0: usize, a1: usize, a2: usize, a3: usize, depth: i32, to: usize): void {
  for (; depth >= 4; depth -= 4) {
    transpose4(a0, a1, a2, a3, to, 16);
    a0 += 16; a1 += 16; a2 += 16; a3 += 16;
    to += 64;
  }
  for (; depth > 0; depth--) {
    store<f32>(to, load<f32>(a0));
    store<f32>(to, load<f32>(a1), 4);
    store<f32>(to, load<f32>(a2), 8);
    store<f32>(to, load<f32>(a3), 12);
    a0 += 4; a1 += 4; a2 += 4; a3 += 4;
    to += 16;
  }
}

/** Writes the first `count` (1 to 4) of four numbers. */
// @ts-ignore: decorator
@inline
export function storePart(to: usize, numbers: v128, count: i32): void {
  if (count >= 4) {
    v128.store(to, numbers);
    return;
  }
  v128.store32_lane(to, numbers, 0);
  if (count > 1) v128.store32_lane(to, numbers, 1, 4);
  if (count > 2) v128.store32_lane(to, numbers, 2, 8);
}

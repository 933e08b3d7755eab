/** Columns of a unit of work. */
const COLUMNS = 16;

/** Units of work of `segmentSum`. */
export function segmentSumUnits(width: i32): i32 {
  return (width + COLUMNS - 1) / COLUMNS;
}

/**
 * out[ids[i], :] += x[i, :] for `rows` rows of `width` floats, of which it does the blocks of columns from `first` to before `last`; ids
 * outside [0, segments) are left out.
 */
export function segmentSum(
  x: usize, ids: usize, out: usize, rows: i32, width: i32, segments: i32, first: i32, last: i32,
): void {
  const rowBytes = <usize>width << 2;
  const count = min(last * COLUMNS, width) - first * COLUMNS;
  x += <usize>(first * COLUMNS) << 2;
  out += <usize>(first * COLUMNS) << 2;
  if (count == width) memory.fill(out, 0, <usize>segments * rowBytes);
  else for (let segment = 0; segment < segments; segment++) memory.fill(out + <usize>segment * rowBytes, 0, <usize>count << 2);
  for (let row = 0; row < rows; row++) {
    const id = load<i32>(ids + (<usize>row << 2));
    if (<u32>id < <u32>segments) {
      let from = x, to = out + <usize>id * rowBytes;
      let i = 0;
      for (; i + 4 <= count; i += 4) {
        v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
        to += 16;
        from += 16;
      }
      for (; i < count; i++) {
        store<f32>(to, load<f32>(to) + load<f32>(from));
        to += 4;
        from += 4;
      }
    }
    x += rowBytes;
  }
}

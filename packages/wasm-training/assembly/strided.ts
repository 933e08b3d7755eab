/** Copies a run of `count` numbers of `bytes` bytes (1 or 4), `stride` bytes apart, to neighbouring places. */
// @ts-ignore: decorator
@inline
function gatherRun(from: usize, stride: usize, to: usize, count: i32, bytes: i32): void {
  if (bytes == 1) {
    for (; count > 0; count--) {
      store<u8>(to, load<u8>(from));
      from += stride;
      to += 1;
    }
    return;
  }
  if (stride == 4) {
    for (; count >= 4; count -= 4) {
      v128.store(to, v128.load(from));
      from += 16;
      to += 16;
    }
  } else if (stride == 0) {
    const vector = v128.load32_splat(from);
    for (; count >= 4; count -= 4) {
      v128.store(to, vector);
      to += 16;
    }
  }
  for (; count > 0; count--) {
    store<u32>(to, load<u32>(from));
    from += stride;
    to += 4;
  }
}

/**
 * Writes a tensor of numbers of `bytes` bytes (1 or 4) that lie at any strides of `from`. `axes` holds for each of the `rank` axes, two at
 * least, its size and, in bytes, its stride, which may be 0 or negative. A unit of work is what the last two axes hold; this does those
 * from `first` to before `last`.
 */
export function copyStrided(from: usize, to: usize, axes: usize, rank: i32, bytes: i32, first: i32, last: i32): void {
  const inner = axes + (<usize>(rank - 2) << 3);
  const rows = load<i32>(inner), rowStride = <usize>load<i32>(inner, 4);
  const columns = load<i32>(inner, 8), stride = <usize>load<i32>(inner, 12);
  const rowBytes = <usize>columns * <usize>bytes;
  to += <usize>first * <usize>rows * rowBytes;
  for (let unit = first; unit < last; unit++) {
    let row = from;
    let rest = unit;
    for (let axis = inner - 8; axis >= axes; axis -= 8) {
      const size = load<i32>(axis);
      const next = rest / size;
      row += <usize>(rest - next * size) * <usize>load<i32>(axis, 4);
      rest = next;
    }
    for (let i = 0; i < rows; i++) {
      gatherRun(row, stride, to, columns, bytes);
      row += rowStride;
      to += rowBytes;
    }
  }
}

/** Rows and columns of the blocks in which matrices are transposed: both sides stay in the first cache. */
const BLOCK = 32;

/** Units of work of `transposeMatrices` for each matrix. */
export function transposeUnits(rows: i32): i32 {
  return (rows + BLOCK - 1) / BLOCK;
}

/**
 * Transposes matrices [rows, columns] of numbers of 4 bytes, one after the other; a unit of work is a block of rows of one of them, and
 * this does those from `first` to before `last`.
 */
export function transposeMatrices(from: usize, to: usize, rows: i32, columns: i32, first: i32, last: i32): void {
  const units = transposeUnits(rows);
  const rowBytes = <usize>columns << 2, columnBytes = <usize>rows << 2;
  for (let unit = first; unit < last; unit++) {
    const matrix = unit / units;
    const start = (unit - matrix * units) * BLOCK, end = min(start + BLOCK, rows);
    const base = <usize>matrix * <usize>rows * rowBytes;
    for (let column = 0; column < columns; column += BLOCK) {
      transposeBlock(from + base, to + base, rowBytes, columnBytes, start, end, column, min(column + BLOCK, columns));
    }
  }
}

// @ts-ignore: decorator
@inline
function transposeBlock(
  from: usize, to: usize, rowBytes: usize, columnBytes: usize, start: i32, end: i32, column: i32, lastColumn: i32,
): void {
  for (; column + 4 <= lastColumn; column += 4) {
    let x = from + <usize>start * rowBytes + (<usize>column << 2);
    let y = to + <usize>column * columnBytes + (<usize>start << 2);
    let row = start;
    for (; row + 4 <= end; row += 4) {
      const a = v128.load(x), b = v128.load(x + rowBytes), c = v128.load(x + 2 * rowBytes), d = v128.load(x + 3 * rowBytes);
      const ab = i32x4.shuffle(a, b, 0, 4, 1, 5), cd = i32x4.shuffle(c, d, 0, 4, 1, 5);
      const abEnd = i32x4.shuffle(a, b, 2, 6, 3, 7), cdEnd = i32x4.shuffle(c, d, 2, 6, 3, 7);
      v128.store(y, i64x2.shuffle(ab, cd, 0, 2));
      v128.store(y + columnBytes, i64x2.shuffle(ab, cd, 1, 3));
      v128.store(y + 2 * columnBytes, i64x2.shuffle(abEnd, cdEnd, 0, 2));
      v128.store(y + 3 * columnBytes, i64x2.shuffle(abEnd, cdEnd, 1, 3));
      x += rowBytes << 2;
      y += 16;
    }
    for (; row < end; row++) {
      const a = v128.load(x);
      v128.store32_lane(y, a, 0);
      v128.store32_lane(y + columnBytes, a, 1);
      v128.store32_lane(y + 2 * columnBytes, a, 2);
      v128.store32_lane(y + 3 * columnBytes, a, 3);
      x += rowBytes;
      y += 4;
    }
  }
  for (; column < lastColumn; column++) {
    let x = from + <usize>start * rowBytes + (<usize>column << 2);
    let y = to + <usize>column * columnBytes + (<usize>start << 2);
    for (let row = start; row < end; row++) {
      store<u32>(y, load<u32>(x));
      x += rowBytes;
      y += 4;
    }
  }
}

import { gather, packFilter } from './gather';
import { packColumns8, packRun4 } from './pack';
import { multiplyAdd, putStridedTile } from './tile';

/** Steps of the depth taken at a time: the panels of A and B they make stay in the first cache. */
const DEPTH = 256;

/** Floats of scratch that a thread needs for `transposedMatmul`. */
export function transposedMatmulScratch(m: i32, n: i32, k: i32): i32 {
  return (((n + 7) & ~7) + ((m + 3) & ~3)) * min(k, DEPTH);
}

/**
 * C[m, n] = A^T B for A [k, m] and B [k, n], of items `aItem`, `bItem` and m * n floats apart. The number of B at (depth, column)
 * stands at depth * bDepthStride + column * bWidthStride bytes. A unit of work is one item's part of the rows and of the columns of
 * C, out of `rowParts` and `columnParts`; this does those from `first` to before `last`.
 */
export function transposedMatmul(
  a: usize, aItem: usize, b: usize, bItem: usize, c: usize, m: i32, n: i32, k: i32, bDepthStride: usize, bWidthStride: usize,
  rowParts: i32, columnParts: i32, first: i32, last: i32, scratch: usize,
): void {
  const rowPanels = (m + 3) >> 2, columnPanels = (n + 7) >> 3;
  const parts = rowParts * columnParts;
  const cStride = <usize>n << 2;
  for (let unit = first; unit < last; unit++) {
    const item = unit / parts, part = unit - item * parts;
    const rowPart = part / columnParts, columnPart = part - rowPart * columnParts;
    const firstRow = (rowPanels * rowPart / rowParts) << 2;
    const lastRow = min((rowPanels * (rowPart + 1) / rowParts) << 2, m);
    const firstColumn = (columnPanels * columnPart / columnParts) << 3;
    const lastColumn = min((columnPanels * (columnPart + 1) / columnParts) << 3, n);
    const itemOfA = a + (<usize>item * aItem << 2) + (<usize>firstRow << 2);
    const itemOfB = b + (<usize>item * bItem << 2) + <usize>firstColumn * bWidthStride;
    const itemOfC = c + <usize>item * <usize>m * cStride;
    const panelsOfA = scratch + (<usize>((lastColumn - firstColumn + 7) >> 3) * <usize>min(k, DEPTH) << 5);
    // Once at least: without depth, C is zero.
    for (let start = 0; start == 0 || start < k; start += DEPTH) {
      const depth = min(k - start, DEPTH);
      const panelOfBytes = <usize>depth << 5;
      packColumns8(
        itemOfB + <usize>start * bDepthStride, depth, lastColumn - firstColumn, bDepthStride, bWidthStride, scratch, panelOfBytes,
      );
      let panelOfA = panelsOfA;
      let from = itemOfA + (<usize>start * <usize>m << 2);
      for (let row = firstRow; row < lastRow; row += 4) {
        packRun4(from, depth, <usize>m << 2, m - row, panelOfA);
        panelOfA += <usize>depth << 4;
        from += 16;
      }
      let panelOfB = scratch;
      for (let column = firstColumn; column < lastColumn; column += 8) {
        panelOfA = panelsOfA;
        for (let row = firstRow; row < lastRow; row += 4) {
          const tile = itemOfC + <usize>row * cStride + (<usize>column << 2);
          putStridedTile(panelOfA, 0, 0, 16, panelOfB, 1, 1, depth, tile, cStride, m - row, n - column, start != 0);
          panelOfA += <usize>depth << 4;
        }
        panelOfB += panelOfBytes;
      }
    }
  }
}

/**
 * C[m, n] = A B for A [m, k] and B [k, n], of the items from `first` to before `last`: each a `gather` of a column of m pixels. For
 * many small products; `taps` holds zeros, `scratch` what `gather` needs and, behind its `gatherFloats`, room for a packed B.
 */
export function matmulItems(
  a: usize, aItem: usize, b: usize, bItem: usize, c: usize, m: i32, n: i32, k: i32, bDepthStride: usize, bWidthStride: usize,
  taps: usize, units: i32, gatherFloats: i32, first: i32, last: i32, scratch: usize,
): void {
  const panels = scratch + (<usize>gatherFloats << 2);
  for (let item = first; item < last; item++) {
    const itemOfA = a + (<usize>item * aItem << 2), itemOfB = b + (<usize>item * bItem << 2);
    const itemOfC = c + (<usize>item * <usize>m * <usize>n << 2);
    packFilter(itemOfB, 0, bDepthStride, bWidthStride, 0, taps, 1, k, n, panels, 0, (n + 7) >> 3);
    gather(itemOfA, m, 1, itemOfC, m, 1, m, m, 1, 0, 0, 1, 1, 1, 1, taps, 1, 1, panels, k, n, 1, 1, 0, units, scratch);
  }
}

/** Columns of a unit of work of `multiplyFew`. */
const FEW_COLUMNS = 128;

/** Units of work of `multiplyFew`. */
export function multiplyFewUnits(n: i32): i32 {
  return (n + FEW_COLUMNS - 1) / FEW_COLUMNS;
}

/**
 * C[m, n] = A B for A [m, k] and B [k, n] without packing them, which for few rows costs more than it saves; of the blocks of columns those
 * from `first` to before `last`.
 */
export function multiplyFew(a: usize, b: usize, c: usize, m: i32, n: i32, k: i32, first: i32, last: i32): void {
  const rowBytes = <usize>n << 2;
  const start = first * FEW_COLUMNS, end = min(last * FEW_COLUMNS, n);
  if (end <= start) return;
  b += <usize>start << 2;
  c += <usize>start << 2;
  for (let row = 0; row < m; row++) memory.fill(c + <usize>row * rowBytes, 0, <usize>(end - start) << 2);
  let depth = 0;
  for (; depth + 4 <= k; depth += 4) {
    for (let row = 0; row < m; row++) {
      const numbers = v128.load(a + (<usize>(row * k + depth) << 2));
      const a0 = i32x4.shuffle(numbers, numbers, 0, 0, 0, 0), a1 = i32x4.shuffle(numbers, numbers, 1, 1, 1, 1);
      const a2 = i32x4.shuffle(numbers, numbers, 2, 2, 2, 2), a3 = i32x4.shuffle(numbers, numbers, 3, 3, 3, 3);
      let from = b, to = c + <usize>row * rowBytes;
      let count = end - start;
      for (; count >= 4; count -= 4) {
        let sum = multiplyAdd(a0, v128.load(from), v128.load(to));
        sum = multiplyAdd(a1, v128.load(from + rowBytes), sum);
        sum = multiplyAdd(a2, v128.load(from + 2 * rowBytes), sum);
        v128.store(to, multiplyAdd(a3, v128.load(from + 3 * rowBytes), sum));
        from += 16;
        to += 16;
      }
      for (; count > 0; count--) {
        let sum = multiplyAdd(a0, v128.load32_splat(from), v128.load32_splat(to));
        sum = multiplyAdd(a1, v128.load32_splat(from + rowBytes), sum);
        sum = multiplyAdd(a2, v128.load32_splat(from + 2 * rowBytes), sum);
        v128.store32_lane(to, multiplyAdd(a3, v128.load32_splat(from + 3 * rowBytes), sum), 0);
        from += 4;
        to += 4;
      }
    }
    b += rowBytes << 2;
  }
  for (; depth < k; depth++) {
    for (let row = 0; row < m; row++) {
      const number = v128.load32_splat(a + (<usize>(row * k + depth) << 2));
      let from = b, to = c + <usize>row * rowBytes;
      let count = end - start;
      for (; count >= 4; count -= 4) {
        v128.store(to, multiplyAdd(number, v128.load(from), v128.load(to)));
        from += 16;
        to += 16;
      }
      for (; count > 0; count--) {
        v128.store32_lane(to, multiplyAdd(number, v128.load32_splat(from), v128.load32_splat(to)), 0);
        from += 4;
        to += 4;
      }
    }
    b += rowBytes;
  }
}

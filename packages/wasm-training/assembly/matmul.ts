import { packColumns8, packRun4 } from './pack';
import { addStridedTile } from './tile';

/** Steps of the depth taken at a time: the panels of A and B they make stay in the first cache. */
const DEPTH = 256;

/** Floats of `scratch` that `transposedMatmul` needs. */
export function transposedMatmulScratch(m: i32, n: i32, k: i32): i32 {
  return (((n + 7) & ~7) + ((m + 3) & ~3)) * min(k, DEPTH);
}

/** C[m, n] = A^T B for A [k, m]; the number of B at (depth, column) stands at depth * bDepthStride + column * bWidthStride bytes. */
export function transposedMatmul(
  a: usize, b: usize, c: usize, m: i32, n: i32, k: i32, bDepthStride: usize, bWidthStride: usize, scratch: usize,
): void {
  memory.fill(c, 0, <usize>m * <usize>n << 2);
  const panelsOfA = scratch + ((<usize>(n + 7) >> 3) * <usize>min(k, DEPTH) << 5);
  for (let start = 0; start < k; start += DEPTH) {
    const depth = min(k - start, DEPTH);
    packColumns8(b + <usize>start * bDepthStride, depth, n, bDepthStride, bWidthStride, scratch, <usize>depth << 5);
    let panelOfA = panelsOfA;
    for (let row = 0; row < m; row += 4) {
      packRun4(a + ((<usize>start * <usize>m + <usize>row) << 2), depth, <usize>m << 2, m - row, panelOfA);
      panelOfA += <usize>depth << 4;
    }
    let panelOfB = scratch;
    for (let column = 0; column < n; column += 8) {
      panelOfA = panelsOfA;
      for (let row = 0; row < m; row += 4) {
        const tile = c + ((<usize>row * <usize>n + <usize>column) << 2);
        addStridedTile(panelOfA, 0, 0, 16, panelOfB, 1, 1, depth, tile, <usize>n << 2, m - row, n - column);
        panelOfA += <usize>depth << 4;
      }
      panelOfB += <usize>depth << 5;
    }
  }
}

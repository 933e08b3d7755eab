import { interleave4, packPanel8 } from './pack';
import { putTile } from './tile';

/** Target pixels taken at a time: the unit of work of `gather`. */
const PIXELS = 64;

/** Steps of taps x depth taken at a time: one panel of the filter that long stays in the first cache. */
const STEPS = 256;

/** Blocks of `STEPS` or a little more, of about the same size. */
// @ts-ignore: decorator
@inline
function evenBlock(total: i32, limit: i32): i32 {
  const blocks = max(1, (total + limit / 2) / limit);
  return (total + blocks - 1) / blocks;
}

/** Steps of the depth within one tap, and whole taps, that make about `STEPS` steps. */
// @ts-ignore: decorator
@inline
function depthBlock(depth: i32): i32 {
  return evenBlock(depth, STEPS);
}

// @ts-ignore: decorator
@inline
function tapBlock(taps: i32, depth: i32): i32 {
  return evenBlock(taps, max(1, STEPS / max(depth, 1)));
}

/** Floats of the panels that `packFilter` writes: the filter, with widths rounded up to 8. */
export function packedFilterSize(taps: i32, depth: i32, width: i32, groups: i32): i32 {
  return groups * taps * depth * ((width + 7) & ~7);
}

/**
 * Copies the panels of 8 columns from `first` to before `last`, counted through all groups, of a filter into `panels`. A panel
 * holds 8 numbers for each step of the depth of each tap. `taps` lists the filter's taps in the order in which they are wanted.
 *
 * The filter's number for (tap, d, w) of a group stands at tap * tapStride + d * depthStride + w * widthStride +
 * group * groupStride bytes.
 */
export function packFilter(
  filter: usize, tapStride: usize, depthStride: usize, widthStride: usize, groupStride: usize,
  taps: usize, tapCount: i32, depth: i32, width: i32, panels: usize, first: i32, last: i32,
): void {
  const panelStride = <usize>tapCount * <usize>depth << 5;
  const panelsInGroup = (width + 7) >> 3;
  for (let index = first; index < last; index++) {
    const group = index / panelsInGroup;
    const column = (index - group * panelsInGroup) << 3;
    const from = filter + <usize>group * groupStride + <usize>column * widthStride;
    let to = panels + <usize>index * panelStride;
    for (let tap = 0; tap < tapCount; tap++) {
      const source = from + <usize>load<i32>(taps + (<usize>tap << 2)) * tapStride;
      packPanel8(source, depth, min(width - column, 8), depthStride, widthStride, to);
      to += <usize>depth << 5;
    }
  }
}

/** Floats of scratch that a thread needs for `gather`, of `taps` runs of `run` pixels each. */
export function gatherScratch(taps: i32, run: i32, depth: i32, groups: i32): i32 {
  const steps = run * depth;
  const edges = run > 1 ? taps * steps : 0;
  return run * groups * depth + PIXELS * (1 + taps + edges) + PIXELS * tapBlock(taps, steps) * depthBlock(steps);
}

/** Units of work of `gather` for so many target pixels: blocks of them, each in `parts` parts of the columns. */
export function gatherUnits(pixels: i32, parts: i32): i32 {
  return (pixels + PIXELS - 1) / PIXELS * parts;
}

/**
 * Writes y[n, yTop + i * yStepH, yLeft + j * yStepW, :] for the grid i < gridH, j < gridW as the sum over taps of
 * x[n, i * xStepH + row, j * xStepW + column, :] W[tap], where x is zero outside. Every convolution is one such call, and a
 * convolution's input gradient is one for each phase of its stride.
 *
 * `taps` holds (row, column) for each tap; with a `run` above 1 a tap is that many neighbouring pixels of a row, read as one pixel
 * of `run` times the depth. `panels` is what `packFilter` wrote for all the pixels of all taps. Of the work, which is cut into
 * blocks of pixels and each of those into `parts` parts of the columns, this does the units from `first` to before `last`.
 */
export function gather(
  x: usize, xH: i32, xW: i32, y: usize, yH: i32, yW: i32, pixels: i32,
  gridH: i32, gridW: i32, yTop: i32, yLeft: i32, yStepH: i32, yStepW: i32, xStepH: i32, xStepW: i32,
  taps: usize, tapCount: i32, run: i32, panels: usize, depth: i32, width: i32, groups: i32,
  parts: i32, first: i32, last: i32, scratch: usize,
): void {
  const xPixel = <usize>(groups * depth) << 2;
  const yPixel = <usize>(groups * width) << 2;
  const runBytes = <usize>run * xPixel;
  const zeros = scratch;
  memory.fill(zeros, 0, runBytes);
  const targets = zeros + runBytes;
  const sources = targets + PIXELS * 4;
  const edges = sources + <usize>tapCount * (PIXELS * 4);
  const panelsOfX = run > 1 ? edges + <usize>tapCount * (PIXELS * runBytes) : edges;
  const steps = run * depth;
  const tapsAtOnce = tapBlock(tapCount, steps), depthAtOnce = depthBlock(steps);
  const panelStride = <usize>tapCount * <usize>steps << 5;
  const panelsInGroup = (width + 7) >> 3;
  const allPanels = groups * panelsInGroup;
  const xStep = <usize>xStepW * xPixel;

  for (let unit = first; unit < last; unit++) {
    const block = unit / parts, part = unit - block * parts;
    const start = block * PIXELS;
    const count = min(pixels - start, PIXELS);
    let i = start / gridW;
    let j = start - i * gridW;
    let image = i / gridH;
    i -= image * gridH;
    let edge = edges;
    // Where each pixel goes and where each tap reads for it, row by row of the grid.
    for (let p = 0; p < count; ) {
      const end = min(count, p + gridW - j);
      const target = y + <usize>((image * yH + yTop + i * yStepH) * yW + yLeft + j * yStepW) * yPixel;
      putAddresses(targets, p, end, target, <usize>yStepW * yPixel);
      for (let tap = 0; tap < tapCount; tap++) {
        const addresses = sources + <usize>tap * (PIXELS * 4);
        const row = i * xStepH + load<i32>(taps + (<usize>tap << 3));
        const column = j * xStepW + load<i32>(taps + (<usize>tap << 3), 4);
        if (<u32>row >= <u32>xH) {
          putAddresses(addresses, p, end, zeros, 0);
          continue;
        }
        const rowStart = x + <usize>((image * xH + row) * xW) * xPixel;
        // Runs from 0 to xW - run lie inside the row.
        const before = column >= 0 ? 0 : (xStepW - 1 - column) / xStepW;
        const inside = column > xW - run ? 0 : (xW - run - column) / xStepW + 1;
        const firstInside = min(p + before, end), lastInside = max(min(p + inside, end), firstInside);
        putAddresses(addresses, firstInside, lastInside, rowStart + <usize>(column + (firstInside - p) * xStepW) * xPixel, xStep);
        if (run == 1) {
          putAddresses(addresses, p, firstInside, zeros, 0);
          putAddresses(addresses, lastInside, end, zeros, 0);
        } else {
          for (let q = p; q < end; q++) {
            if (q == firstInside) q = lastInside;
            if (q == end) break;
            store<u32>(addresses + (<usize>q << 2), <u32>edge);
            copyEdge(rowStart, xW, column + (q - p) * xStepW, run, xPixel, edge);
            edge += runBytes;
          }
        }
      }
      p = end;
      j = 0;
      if (++i == gridH) {
        i = 0;
        image++;
      }
    }
    // Tiles are whole: past the last pixel the same one is read again, and not written.
    if (count & 3) {
      for (let tap = 0; tap < tapCount; tap++) {
        const addresses = sources + <usize>tap * (PIXELS * 4);
        putAddresses(addresses, count, (count + 3) & ~3, <usize>load<u32>(addresses + (<usize>(count - 1) << 2)), 0);
      }
    }
    const firstPanel = allPanels * part / parts, lastPanel = allPanels * (part + 1) / parts;
    for (let panelIndex = firstPanel; panelIndex < lastPanel; ) {
      const group = panelIndex / panelsInGroup;
      const columnStart = (panelIndex - group * panelsInGroup) << 3;
      const columnEnd = min((lastPanel - group * panelsInGroup) << 3, width);
      const groupPanels = panels + <usize>panelIndex * panelStride;
      // No products to sum, so no tile is put.
      if (tapCount == 0 || depth == 0) {
        for (let p = 0; p < count; p++) {
          const target = <usize>load<u32>(targets + (<usize>p << 2)) + (<usize>(group * width + columnStart) << 2);
          memory.fill(target, 0, <usize>(columnEnd - columnStart) << 2);
        }
      }
      for (let tap = 0; tap < tapCount; tap += tapsAtOnce) {
        const tapsHere = min(tapsAtOnce, tapCount - tap);
        for (let d = 0; d < steps; d += depthAtOnce) {
          const depthHere = min(depthAtOnce, steps - d);
          const stepsHere = tapsHere * depthHere;
          const sourceOffset = <usize>(group * depth + d) << 2;
          for (let p = 0; p < count; p += 4) {
            let to = panelsOfX + (<usize>(p * stepsHere) << 2);
            let from = sources + <usize>tap * (PIXELS * 4) + (<usize>p << 2);
            for (let t = 0; t < tapsHere; t++) {
              interleave4(
                <usize>load<u32>(from) + sourceOffset, <usize>load<u32>(from, 4) + sourceOffset,
                <usize>load<u32>(from, 8) + sourceOffset, <usize>load<u32>(from, 12) + sourceOffset, depthHere, to,
              );
              from += PIXELS * 4;
              to += <usize>depthHere << 4;
            }
          }
          let panel = groupPanels + (<usize>(tap * steps + d) << 5);
          for (let column = columnStart; column < columnEnd; column += 8) {
            const targetOffset = <usize>(group * width + column) << 2;
            for (let p = 0; p < count; p += 4) {
              putTile(
                panelsOfX + (<usize>(p * stepsHere) << 2), panel, stepsHere, targets + (<usize>p << 2), targetOffset,
                count - p, width - column, (tap | d) != 0,
              );
            }
            panel += panelStride;
          }
        }
      }
      panelIndex += (columnEnd - columnStart + 7) >> 3;
    }
  }
}

/** Writes the addresses start, start + step, ... at the places from `first` to before `last` of a table. */
// @ts-ignore: decorator
@inline
function putAddresses(table: usize, first: i32, last: i32, start: usize, step: usize): void {
  let at = table + (<usize>first << 2);
  let addresses = i32x4.add(i32x4.splat(<i32>start), i32x4.mul(i32x4.splat(<i32>step), i32x4(0, 1, 2, 3)));
  let count = last - first;
  for (; count >= 4; count -= 4) {
    v128.store(at, addresses);
    addresses = i32x4.add(addresses, i32x4.splat(<i32>step << 2));
    at += 16;
  }
  for (; count > 0; count--) {
    v128.store32_lane(at, addresses, 0);
    addresses = i32x4.add(addresses, i32x4.splat(<i32>step));
    at += 4;
  }
}

/** Copies `run` pixels from `column` on of the row that starts at `row`, zeros for those outside it. */
function copyEdge(row: usize, xW: i32, column: i32, run: i32, xPixel: usize, to: usize): void {
  const vectors = xPixel & ~15;
  for (let i = column; i < column + run; i++) {
    const inside = <u32>i < <u32>xW;
    const from = row + <usize>i * xPixel;
    let offset: usize = 0;
    for (; offset < vectors; offset += 16) v128.store(to + offset, inside ? v128.load(from + offset) : i32x4.splat(0));
    for (; offset < xPixel; offset += 4) store<f32>(to + offset, inside ? load<f32>(from + offset) : 0);
    to += xPixel;
  }
}

import { interleave4, packColumns8, packRun4 } from './pack';
import { addStridedTile, putTile } from './tile';

/** Target pixels taken at a time. */
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

/** Floats of `scratch` that `convolve` needs for `taps` taps, packed filter included. */
export function convolveScratch(taps: i32, depth: i32, width: i32, groups: i32): i32 {
  const filter = groups * taps * depth * ((width + 7) & ~7);
  return groups * depth + PIXELS * (taps + 1) + PIXELS * tapBlock(taps, depth) * depthBlock(depth) + filter;
}

/**
 * Writes y[n, yTop + i * yStepH, yLeft + j * yStepW, :] for the grid i < gridH, j < gridW as the sum over taps of
 * x[n, i * xStepH + row, j * xStepW + column, :] W[tap], where x is zero outside. `taps` holds (index into the filter,
 * row, column) for each tap. Every convolution is one such call, and a convolution's input gradient is one for each
 * phase of its stride.
 *
 * The filter's number for (tap, d, w) of a group stands at tap * tapStride + d * depthStride + w * widthStride +
 * group * groupStride bytes.
 */
export function convolve(
  x: usize, xH: i32, xW: i32, y: usize, yH: i32, yW: i32, batch: i32,
  gridH: i32, gridW: i32, yTop: i32, yLeft: i32, yStepH: i32, yStepW: i32, xStepH: i32, xStepW: i32,
  taps: usize, tapCount: i32, filter: usize, tapStride: usize, depthStride: usize, widthStride: usize,
  groupStride: usize, depth: i32, width: i32, groups: i32, scratch: usize,
): void {
  const xPixel = <usize>(groups * depth) << 2;
  const yPixel = <usize>(groups * width) << 2;
  const zeros = scratch;
  memory.fill(zeros, 0, xPixel);
  const targets = zeros + xPixel;
  const sources = targets + PIXELS * 4;
  const tapsAtOnce = tapBlock(tapCount, depth), depthAtOnce = depthBlock(depth);
  const panelsOfX = sources + <usize>tapCount * (PIXELS * 4);
  const panels = panelsOfX + <usize>(tapsAtOnce * depthAtOnce) * (PIXELS * 4);
  const panelStride = <usize>tapCount * <usize>depth << 5;
  const panelsInGroup = <usize>(width + 7) >> 3;

  for (let group = 0; group < groups; group++) {
    for (let tap = 0; tap < tapCount; tap++) {
      const index = <usize>load<i32>(taps + <usize>tap * 12);
      const to = panels + <usize>group * panelsInGroup * panelStride + (<usize>tap * <usize>depth << 5);
      const from = filter + index * tapStride + <usize>group * groupStride;
      packColumns8(from, depth, width, depthStride, widthStride, to, panelStride);
    }
  }

  const pixels = batch * gridH * gridW;
  let image = 0, i = 0, j = 0;
  for (let start = 0; start < pixels; start += PIXELS) {
    const count = min(pixels - start, PIXELS);
    const padded = (count + 3) & ~3;
    for (let p = 0; p < padded; p++) {
      const tile = <usize>(p >> 2), lane = <usize>(p & 3) << 2;
      const target = y + <usize>((image * yH + yTop + i * yStepH) * yW + yLeft + j * yStepW) * yPixel;
      store<u32>(targets + (tile << 4) + lane, <u32>target);
      const rowBase = i * xStepH, columnBase = j * xStepW;
      let at = sources + tile * (<usize>tapCount << 4) + lane;
      let offsets = taps;
      for (let tap = 0; tap < tapCount; tap++) {
        const row = rowBase + load<i32>(offsets, 4);
        const column = columnBase + load<i32>(offsets, 8);
        const inside = <u32>row < <u32>xH && <u32>column < <u32>xW;
        const source = inside ? x + <usize>((image * xH + row) * xW + column) * xPixel : zeros;
        store<u32>(at, <u32>source);
        at += 16;
        offsets += 12;
      }
      // Past the last pixel the same one is read again; it is not written.
      if (p < count - 1 || start + PIXELS < pixels) {
        if (++j == gridW) {
          j = 0;
          if (++i == gridH) {
            i = 0;
            image++;
          }
        }
      }
    }
    for (let group = 0; group < groups; group++) {
      const groupPanels = panels + <usize>group * panelsInGroup * panelStride;
      // No products to sum, so no tile is put.
      if (tapCount == 0 || depth == 0) {
        for (let p = 0; p < count; p++) {
          const target = <usize>load<u32>(targets + (<usize>p << 2)) + (<usize>(group * width) << 2);
          memory.fill(target, 0, <usize>width << 2);
        }
      }
      for (let tap = 0; tap < tapCount; tap += tapsAtOnce) {
        const tapsHere = min(tapsAtOnce, tapCount - tap);
        for (let d = 0; d < depth; d += depthAtOnce) {
          const depthHere = min(depthAtOnce, depth - d);
          const steps = tapsHere * depthHere;
          const sourceOffset = <usize>(group * depth + d) << 2;
          for (let p = 0; p < count; p += 4) {
            let to = panelsOfX + (<usize>(p * steps) << 2);
            let from = sources + (<usize>((p >> 2) * tapCount + tap) << 4);
            for (let t = 0; t < tapsHere; t++) {
              interleave4(
                <usize>load<u32>(from) + sourceOffset, <usize>load<u32>(from, 4) + sourceOffset,
                <usize>load<u32>(from, 8) + sourceOffset, <usize>load<u32>(from, 12) + sourceOffset, depthHere, to,
              );
              from += 16;
              to += <usize>depthHere << 4;
            }
          }
          let panel = groupPanels + (<usize>(tap * depth + d) << 5);
          for (let column = 0; column < width; column += 8) {
            const targetOffset = <usize>(group * width + column) << 2;
            for (let p = 0; p < count; p += 4) {
              putTile(
                panelsOfX + (<usize>(p * steps) << 2), panel, steps, targets + (<usize>p << 2), targetOffset,
                count - p, width - column, (tap | d) != 0,
              );
            }
            panel += panelStride;
          }
        }
      }
    }
  }
}

/** Floats of `scratch` that `convolveFilterGradient` needs. */
export function filterGradientScratch(
  images: i32, rows: i32, yW: i32, kernelH: i32, kernelW: i32, strideH: i32, strideW: i32, dilationH: i32,
  dilationW: i32, depth: i32, width: i32,
): i32 {
  const packedH = (rows - 1) * strideH + (kernelH - 1) * dilationH + 1;
  const packedW = (yW - 1) * strideW + (kernelW - 1) * dilationW + 1;
  return images * (packedH * packedW * ((depth + 3) & ~3) + rows * yW * ((width + 7) & ~7));
}

/**
 * dW[kernelH, kernelW, depth, groups * width] of a convolution: for each tap the product x^T dy over all output pixels.
 * Works through blocks of `images` whole images or `rows` rows of one; x goes into panels of 4 channels with its padding
 * written out, so that each tap reads the same panel from another corner.
 */
export function convolveFilterGradient(
  x: usize, xH: i32, xW: i32, dy: usize, yH: i32, yW: i32, dw: usize, batch: i32,
  kernelH: i32, kernelW: i32, strideH: i32, strideW: i32, dilationH: i32, dilationW: i32, padTop: i32, padLeft: i32,
  depth: i32, width: i32, groups: i32, images: i32, rows: i32, scratch: usize,
): void {
  const xPixel = <usize>(groups * depth) << 2;
  const yPixel = <usize>(groups * width) << 2;
  memory.fill(dw, 0, <usize>(kernelH * kernelW * depth) * yPixel);
  const packedW = (yW - 1) * strideW + (kernelW - 1) * dilationW + 1;
  const rowBytes = <usize>packedW << 4;
  const depthPanels = (depth + 3) >> 2;
  const widthPanels = (width + 7) >> 3;

  for (let image = 0; image < batch; image += images) {
    const imageCount = min(images, batch - image);
    for (let top = 0; top < yH; top += rows) {
      const rowCount = min(rows, yH - top);
      const packedH = (rowCount - 1) * strideH + (kernelH - 1) * dilationH + 1;
      const panelOfX = <usize>packedH * rowBytes;
      const imageOfX = panelOfX * <usize>depthPanels;
      const panelsOfDy = scratch + imageOfX * <usize>imageCount;
      const pixels = imageCount * rowCount * yW;
      const panelOfDy = <usize>pixels << 5;

      for (let group = 0; group < groups; group++) {
        for (let n = 0; n < imageCount; n++) {
          const from = x + <usize>((image + n) * xH * xW) * xPixel + (<usize>(group * depth) << 2);
          packImage(
            from, xH, xW, xPixel, top * strideH - padTop, -padLeft, packedH, packedW, depth,
            scratch + <usize>n * imageOfX,
          );
        }
        // Rows of one image, or whole images: either way neighbours in memory.
        const dyStart = dy + <usize>((image * yH + top) * yW) * yPixel + (<usize>(group * width) << 2);
        packColumns8(dyStart, pixels, width, yPixel, 4, panelsOfDy, panelOfDy);

        for (let w = 0; w < widthPanels; w++) {
          const b = panelsOfDy + <usize>w * panelOfDy;
          const widthLeft = width - (w << 3);
          for (let d = 0; d < depthPanels; d++) {
            const panel = scratch + <usize>d * panelOfX;
            let to = dw + <usize>(d << 2) * yPixel + (<usize>(group * width + (w << 3)) << 2);
            for (let kh = 0; kh < kernelH; kh++) {
              for (let kw = 0; kw < kernelW; kw++) {
                const a = panel + <usize>(kh * dilationH) * rowBytes + (<usize>(kw * dilationW) << 4);
                addStridedTile(
                  a, imageOfX, <usize>strideH * rowBytes, <usize>strideW << 4, b, imageCount, rowCount, yW,
                  to, yPixel, depth - (d << 2), widthLeft,
                );
                to += <usize>depth * yPixel;
              }
            }
          }
        }
      }
    }
  }
}

/** Copies rows and columns of an image into panels of 4 channels, zeros outside the image. */
function packImage(
  x: usize, xH: i32, xW: i32, xPixel: usize, top: i32, left: i32, packedH: i32, packedW: i32, depth: i32, to: usize,
): void {
  const rowBytes = <usize>packedW << 4;
  const panelBytes = <usize>packedH * rowBytes;
  const first = min(max(-left, 0), packedW);
  const last = max(min(xW - left, packedW), first);
  for (let row = 0; row < packedH; row++) {
    const source = top + row;
    let target = to + <usize>row * rowBytes;
    const inside = <u32>source < <u32>xH;
    for (let d = 0; d < depth; d += 4) {
      if (inside) {
        memory.fill(target, 0, <usize>first << 4);
        const from = x + <usize>(source * xW + left + first) * xPixel + (<usize>d << 2);
        packRun4(from, last - first, xPixel, depth - d, target + (<usize>first << 4));
        memory.fill(target + (<usize>last << 4), 0, <usize>(packedW - last) << 4);
      } else {
        memory.fill(target, 0, rowBytes);
      }
      target += panelBytes;
    }
  }
}

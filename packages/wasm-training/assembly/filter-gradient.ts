import { packColumns8, packRun4 } from './pack';
import { putStridedTile } from './tile';

/** Floats of scratch that a thread needs for `filterGradient`. */
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
 *
 * The blocks are cut into `segments` segments, whose sums go to `dw` and, from the second on, to `others`, `othersStride` bytes
 * apart; the columns of dW into `parts` parts. A unit of work is one part of one segment; this does those from `first` to before `last`.
 */
export function filterGradient(
  x: usize, xH: i32, xW: i32, dy: usize, yH: i32, yW: i32, dw: usize, others: usize, othersStride: usize, batch: i32,
  kernelH: i32, kernelW: i32, strideH: i32, strideW: i32, dilationH: i32, dilationW: i32, padTop: i32, padLeft: i32,
  depth: i32, width: i32, groups: i32, images: i32, rows: i32, segments: i32, parts: i32, first: i32, last: i32, scratch: usize,
): void {
  const xPixel = <usize>(groups * depth) << 2;
  const yPixel = <usize>(groups * width) << 2;
  const size = <usize>(kernelH * kernelW * depth) * yPixel;
  const packedW = (yW - 1) * strideW + (kernelW - 1) * dilationW + 1;
  const rowBytes = <usize>packedW << 4;
  const depthPanels = (depth + 3) >> 2;
  const panelsInGroup = (width + 7) >> 3;
  const allPanels = groups * panelsInGroup;
  const blocksInImage = rows > 0 ? (yH + rows - 1) / rows : 0;
  const blocks = images > 0 ? (batch + images - 1) / images * blocksInImage : 0;
  // No pixels to sum over.
  if (blocks == 0) memory.fill(dw, 0, size);

  for (let unit = first; unit < last; unit++) {
    const segment = unit / parts, part = unit - segment * parts;
    const target = segment == 0 ? dw : others + <usize>(segment - 1) * othersStride;
    const firstBlock = blocks * segment / segments, lastBlock = blocks * (segment + 1) / segments;
    const firstPanel = allPanels * part / parts, lastPanel = allPanels * (part + 1) / parts;
    for (let block = firstBlock; block < lastBlock; block++) {
      const image = block / blocksInImage * images;
      const top = block % blocksInImage * rows;
      const imageCount = min(images, batch - image);
      const rowCount = min(rows, yH - top);
      const packedH = (rowCount - 1) * strideH + (kernelH - 1) * dilationH + 1;
      const panelOfX = <usize>packedH * rowBytes;
      const imageOfX = panelOfX * <usize>depthPanels;
      const panelsOfDy = scratch + imageOfX * <usize>imageCount;
      const pixels = imageCount * rowCount * yW;
      const panelOfDy = <usize>pixels << 5;

      for (let panelIndex = firstPanel; panelIndex < lastPanel; ) {
        const group = panelIndex / panelsInGroup;
        const columnStart = (panelIndex - group * panelsInGroup) << 3;
        const columnEnd = min((lastPanel - group * panelsInGroup) << 3, width);
        panelIndex += (columnEnd - columnStart + 7) >> 3;
        for (let n = 0; n < imageCount; n++) {
          const from = x + <usize>((image + n) * xH * xW) * xPixel + (<usize>(group * depth) << 2);
          packImage(
            from, xH, xW, xPixel, top * strideH - padTop, -padLeft, packedH, packedW, depth,
            scratch + <usize>n * imageOfX,
          );
        }
        // Rows of one image, or whole images: either way neighbours in memory.
        const dyStart = dy + <usize>((image * yH + top) * yW) * yPixel + (<usize>(group * width + columnStart) << 2);
        packColumns8(dyStart, pixels, columnEnd - columnStart, yPixel, 4, panelsOfDy, panelOfDy);

        let b = panelsOfDy;
        for (let column = columnStart; column < columnEnd; column += 8) {
          for (let d = 0; d < depthPanels; d++) {
            const panel = scratch + <usize>d * panelOfX;
            let to = target + <usize>(d << 2) * yPixel + (<usize>(group * width + column) << 2);
            for (let kh = 0; kh < kernelH; kh++) {
              for (let kw = 0; kw < kernelW; kw++) {
                const a = panel + <usize>(kh * dilationH) * rowBytes + (<usize>(kw * dilationW) << 4);
                putStridedTile(
                  a, imageOfX, <usize>strideH * rowBytes, <usize>strideW << 4, b, imageCount, rowCount, yW,
                  to, yPixel, depth - (d << 2), width - column, block != firstBlock,
                );
                to += <usize>depth * yPixel;
              }
            }
          }
          b += panelOfDy;
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

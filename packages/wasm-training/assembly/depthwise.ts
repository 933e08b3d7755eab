import { clamp } from './elementwise';
import { storePart } from './pack';
import { multiplyAdd } from './tile';

/** First tap of a window that begins at `start`, and the one after the last, that lie inside of an axis of `size`. */
// @ts-ignore: decorator
@inline
function firstTap(start: i32, dilation: i32): i32 {
  return start < 0 ? (dilation - 1 - start) / dilation : 0;
}
// @ts-ignore: decorator
@inline
function endTap(start: i32, dilation: i32, taps: i32, size: i32): i32 {
  return start >= size ? 0 : min(taps, (size - 1 - start) / dilation + 1);
}

/** Pixels of a row that are computed together, with the same taps. */
const PIXELS = 4;

/**
 * y = clamp(bias + the depthwise convolution of x [batch, xH, xW, channels] with W [kernelH, kernelW, channels]), the rows from `first`
 * to before `last` of all images; without bias where `bias` is 0. The clamp leaves NaN as it is.
 */
export function depthwise(
  x: usize, w: usize, bias: usize, y: usize, low: f32, high: f32, xH: i32, xW: i32, yH: i32, yW: i32, kernelH: i32, kernelW: i32,
  strideH: i32, strideW: i32, dilationH: i32, dilationW: i32, padTop: i32, padLeft: i32, channels: i32, first: i32, last: i32,
): void {
  const pixel = <usize>channels << 2;
  const rowBytes = <usize>xW * pixel;
  const tapBytes = <usize>dilationW * pixel, tapRowBytes = <usize>dilationH * rowBytes;
  const next = <usize>strideW * pixel;
  y += <usize>first * <usize>yW * pixel;
  for (let unit = first; unit < last; unit++) {
    const top = unit % yH * strideH - padTop;
    const firstRow = firstTap(top, dilationH), endRow = endTap(top, dilationH, kernelH, xH);
    const row = x + <usize>(unit / yH) * <usize>xH * rowBytes + <usize>(top + firstRow * dilationH) * rowBytes;
    for (let j = 0; j < yW; ) {
      const left = j * strideW - padLeft;
      const right = left + (PIXELS - 1) * strideW + (kernelW - 1) * dilationW;
      if (left >= 0 && right < xW && j + PIXELS <= yW) {
        const start = row + <usize>left * pixel;
        const filter = w + <usize>(firstRow * kernelW) * pixel;
        let c = 0;
        for (; c + 8 <= channels; c += 8) {
          fourPixels(
            true, 4, start + (<usize>c << 2), filter + (<usize>c << 2), bias ? bias + (<usize>c << 2) : 0, y + (<usize>c << 2), endRow - firstRow,
            kernelW, tapRowBytes, tapBytes, pixel, next, low, high,
          );
        }
        for (; c + 4 <= channels; c += 4) {
          fourPixels(
            false, 4, start + (<usize>c << 2), filter + (<usize>c << 2), bias ? bias + (<usize>c << 2) : 0, y + (<usize>c << 2), endRow - firstRow,
            kernelW, tapRowBytes, tapBytes, pixel, next, low, high,
          );
        }
        if (c < channels) {
          fourPixels(
            false, channels - c, start + (<usize>c << 2), filter + (<usize>c << 2), bias ? bias + (<usize>c << 2) : 0, y + (<usize>c << 2),
            endRow - firstRow, kernelW, tapRowBytes, tapBytes, pixel, next, low, high,
          );
        }
        y += <usize>PIXELS * pixel;
        j += PIXELS;
      } else {
        const firstColumn = firstTap(left, dilationW), endColumn = endTap(left, dilationW, kernelW, xW);
        const start = row + <usize>(left + firstColumn * dilationW) * pixel;
        const filter = w + <usize>(firstRow * kernelW + firstColumn) * pixel;
        let c = 0;
        for (; c + 16 <= channels; c += 16) {
          onePixel(
            true, 4, start + (<usize>c << 2), filter + (<usize>c << 2), bias ? bias + (<usize>c << 2) : 0, y + (<usize>c << 2), endRow - firstRow,
            endColumn - firstColumn, kernelW, tapRowBytes, tapBytes, pixel, low, high,
          );
        }
        for (; c < channels; c += 4) {
          onePixel(
            false, channels - c, start + (<usize>c << 2), filter + (<usize>c << 2), bias ? bias + (<usize>c << 2) : 0, y + (<usize>c << 2),
            endRow - firstRow, endColumn - firstColumn, kernelW, tapRowBytes, tapBytes, pixel, low, high,
          );
        }
        y += pixel;
        j++;
      }
    }
  }
}

/** Four neighbouring outputs of 8 channels, or of `count`, 1 to 4, from `rows` rows of taps. Reads 4 numbers where there are fewer. */
// @ts-ignore: decorator
@inline
function fourPixels(
  isWide: bool, count: i32, x: usize, w: usize, bias: usize, y: usize, rows: i32, columns: i32, tapRowBytes: usize, tapBytes: usize,
  pixel: usize, next: usize, low: f32, high: f32,
): void {
  const b0 = bias ? v128.load(bias) : f32x4.splat(0);
  const b1 = isWide && bias ? v128.load(bias, 16) : f32x4.splat(0);
  let a0 = b0, a1 = b0, a2 = b0, a3 = b0;
  let c0 = b1, c1 = b1, c2 = b1, c3 = b1;
  const next2 = next + next, next3 = next2 + next;
  for (let row = rows; row > 0; row--) {
    let from = x;
    for (let column = columns; column > 0; column--) {
      const tap = v128.load(w);
      a0 = multiplyAdd(v128.load(from), tap, a0);
      a1 = multiplyAdd(v128.load(from + next), tap, a1);
      a2 = multiplyAdd(v128.load(from + next2), tap, a2);
      a3 = multiplyAdd(v128.load(from + next3), tap, a3);
      if (isWide) {
        const other = v128.load(w, 16);
        c0 = multiplyAdd(v128.load(from, 16), other, c0);
        c1 = multiplyAdd(v128.load(from + next, 16), other, c1);
        c2 = multiplyAdd(v128.load(from + next2, 16), other, c2);
        c3 = multiplyAdd(v128.load(from + next3, 16), other, c3);
      }
      from += tapBytes;
      w += pixel;
    }
    x += tapRowBytes;
  }
  const lows = f32x4.splat(low), highs = f32x4.splat(high);
  storePart(y, clamp(a0, lows, highs), count);
  storePart(y + pixel, clamp(a1, lows, highs), count);
  storePart(y + (pixel << 1), clamp(a2, lows, highs), count);
  storePart(y + (pixel << 1) + pixel, clamp(a3, lows, highs), count);
  if (isWide) {
    v128.store(y, clamp(c0, lows, highs), 16);
    v128.store(y + pixel, clamp(c1, lows, highs), 16);
    v128.store(y + (pixel << 1), clamp(c2, lows, highs), 16);
    v128.store(y + (pixel << 1) + pixel, clamp(c3, lows, highs), 16);
  }
}

/** One output of 16 channels, or of `count`, 1 to 4, from `rows` x `columns` taps; `width` of them make a row of the filter. */
// @ts-ignore: decorator
@inline
function onePixel(
  isWide: bool, count: i32, x: usize, w: usize, bias: usize, y: usize, rows: i32, columns: i32, width: i32, tapRowBytes: usize,
  tapBytes: usize, pixel: usize, low: f32, high: f32,
): void {
  const zero = f32x4.splat(0);
  let s0 = bias ? v128.load(bias) : zero;
  let s1 = isWide && bias ? v128.load(bias, 16) : zero;
  let s2 = isWide && bias ? v128.load(bias, 32) : zero;
  let s3 = isWide && bias ? v128.load(bias, 48) : zero;
  for (let row = rows; row > 0; row--) {
    let from = x, tap = w;
    for (let column = columns; column > 0; column--) {
      s0 = multiplyAdd(v128.load(from), v128.load(tap), s0);
      if (isWide) {
        s1 = multiplyAdd(v128.load(from, 16), v128.load(tap, 16), s1);
        s2 = multiplyAdd(v128.load(from, 32), v128.load(tap, 32), s2);
        s3 = multiplyAdd(v128.load(from, 48), v128.load(tap, 48), s3);
      }
      from += tapBytes;
      tap += pixel;
    }
    x += tapRowBytes;
    w += <usize>width * pixel;
  }
  const lows = f32x4.splat(low), highs = f32x4.splat(high);
  if (isWide) {
    v128.store(y, clamp(s0, lows, highs));
    v128.store(y, clamp(s1, lows, highs), 16);
    v128.store(y, clamp(s2, lows, highs), 32);
    v128.store(y, clamp(s3, lows, highs), 48);
  } else {
    storePart(y, clamp(s0, lows, highs), count);
  }
}

/** target[i] += a[i] b[i] for `count` floats. */
// @ts-ignore: decorator
@inline
function addProducts(target: usize, a: usize, b: usize, count: i32): void {
  let left = count;
  for (; left >= 4; left -= 4) {
    v128.store(target, multiplyAdd(v128.load(a), v128.load(b), v128.load(target)));
    target += 16;
    a += 16;
    b += 16;
  }
  for (; left > 0; left--) {
    store<f32>(target, load<f32>(target) + load<f32>(a) * load<f32>(b));
    target += 4;
    a += 4;
    b += 4;
  }
}

/**
 * dx, of the images from `first` to before `last`, of a depthwise convolution of x [batch, xH, xW, channels] with W [kernelH,
 * kernelW, channels, multiplier]: walks all pairs of an output pixel and a tap.
 */
export function depthwiseInputGradient(
  w: usize, dy: usize, dx: usize, xH: i32, xW: i32, yH: i32, yW: i32, kernelH: i32, kernelW: i32, strideH: i32, strideW: i32,
  dilationH: i32, dilationW: i32, padTop: i32, padLeft: i32, channels: i32, multiplier: i32, first: i32, last: i32,
): void {
  const xPixel = <usize>channels << 2;
  const yPixel = <usize>(channels * multiplier) << 2;
  memory.fill(dx + <usize>(first * xH * xW) * xPixel, 0, <usize>((last - first) * xH * xW) * xPixel);
  dy += <usize>(first * yH * yW) * yPixel;
  for (let image = first; image < last; image++) {
    for (let i = 0; i < yH; i++) {
      for (let j = 0; j < yW; j++) {
        for (let kh = 0; kh < kernelH; kh++) {
          const row = i * strideH - padTop + kh * dilationH;
          if (<u32>row >= <u32>xH) continue;
          for (let kw = 0; kw < kernelW; kw++) {
            const column = j * strideW - padLeft + kw * dilationW;
            if (<u32>column >= <u32>xW) continue;
            const to = dx + <usize>((image * xH + row) * xW + column) * xPixel;
            const tap = w + <usize>(kh * kernelW + kw) * yPixel;
            if (multiplier == 1) addProducts(to, dy, tap, channels);
            else addSums(to, dy, tap, channels, multiplier);
          }
        }
        dy += yPixel;
      }
    }
  }
}

/**
 * dW of the same convolution. The images are cut into `segments` segments, the units of work, whose sums go to `dw` and, from the
 * second on, to `others`, `othersStride` bytes apart; this does those from `first` to before `last`.
 */
export function depthwiseFilterGradient(
  x: usize, dy: usize, dw: usize, others: usize, othersStride: usize, batch: i32, segments: i32, xH: i32, xW: i32, yH: i32, yW: i32,
  kernelH: i32, kernelW: i32,
  strideH: i32, strideW: i32, dilationH: i32, dilationW: i32, padTop: i32, padLeft: i32, channels: i32, multiplier: i32,
  first: i32, last: i32,
): void {
  const xPixel = <usize>channels << 2;
  const yPixel = <usize>(channels * multiplier) << 2;
  const size = <usize>(kernelH * kernelW) * yPixel;
  for (let segment = first; segment < last; segment++) {
    const result = segment == 0 ? dw : others + <usize>(segment - 1) * othersStride;
    memory.fill(result, 0, size);
    const firstImage = batch * segment / segments, lastImage = batch * (segment + 1) / segments;
    let from = dy + <usize>(firstImage * yH * yW) * yPixel;
    for (let image = firstImage; image < lastImage; image++) {
      for (let i = 0; i < yH; i++) {
        for (let j = 0; j < yW; j++) {
          for (let kh = 0; kh < kernelH; kh++) {
            const row = i * strideH - padTop + kh * dilationH;
            if (<u32>row >= <u32>xH) continue;
            for (let kw = 0; kw < kernelW; kw++) {
              const column = j * strideW - padLeft + kw * dilationW;
              if (<u32>column >= <u32>xW) continue;
              const pixel = x + <usize>((image * xH + row) * xW + column) * xPixel;
              const to = result + <usize>(kh * kernelW + kw) * yPixel;
              if (multiplier == 1) addProducts(to, from, pixel, channels);
              else addOuter(to, from, pixel, channels, multiplier);
            }
          }
          from += yPixel;
        }
      }
    }
  }
}

/** dx[c] += sum over m of dy[c, m] W[c, m]. */
function addSums(dx: usize, dy: usize, w: usize, channels: i32, multiplier: i32): void {
  for (let c = 0; c < channels; c++) {
    let sum: f32 = 0;
    for (let m = 0; m < multiplier; m++) {
      sum += load<f32>(dy) * load<f32>(w);
      dy += 4;
      w += 4;
    }
    store<f32>(dx, load<f32>(dx) + sum);
    dx += 4;
  }
}

/** dW[c, m] += x[c] dy[c, m]. */
function addOuter(dw: usize, dy: usize, x: usize, channels: i32, multiplier: i32): void {
  for (let c = 0; c < channels; c++) {
    const value = load<f32>(x);
    for (let m = 0; m < multiplier; m++) {
      store<f32>(dw, load<f32>(dw) + value * load<f32>(dy));
      dw += 4;
      dy += 4;
    }
    x += 4;
  }
}

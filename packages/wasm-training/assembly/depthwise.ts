import { multiplyAdd } from './tile';

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

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
 * Both gradients of a depthwise convolution of x [batch, xH, xW, channels] with W [kernelH, kernelW, channels,
 * multiplier]: walks all pairs of an output pixel and a tap. `forInput` chooses dx (from dy and W) over dW (from dy and x);
 * `other` is the operand that is not dy, `result` the gradient.
 */
export function depthwiseGradient(
  forInput: bool, other: usize, dy: usize, result: usize, batch: i32, xH: i32, xW: i32, yH: i32, yW: i32,
  kernelH: i32, kernelW: i32, strideH: i32, strideW: i32, dilationH: i32, dilationW: i32, padTop: i32, padLeft: i32,
  channels: i32, multiplier: i32,
): void {
  const xPixel = <usize>channels << 2;
  const yPixel = <usize>(channels * multiplier) << 2;
  memory.fill(result, 0, forInput ? <usize>(batch * xH * xW) * xPixel : <usize>(kernelH * kernelW) * yPixel);
  for (let image = 0; image < batch; image++) {
    for (let i = 0; i < yH; i++) {
      for (let j = 0; j < yW; j++) {
        for (let kh = 0; kh < kernelH; kh++) {
          const row = i * strideH - padTop + kh * dilationH;
          if (<u32>row >= <u32>xH) continue;
          for (let kw = 0; kw < kernelW; kw++) {
            const column = j * strideW - padLeft + kw * dilationW;
            if (<u32>column >= <u32>xW) continue;
            const pixel = <usize>((image * xH + row) * xW + column) * xPixel;
            const tap = <usize>(kh * kernelW + kw) * yPixel;
            if (multiplier == 1) {
              if (forInput) addProducts(result + pixel, dy, other + tap, channels);
              else addProducts(result + tap, dy, other + pixel, channels);
            } else if (forInput) {
              addSums(result + pixel, dy, other + tap, channels, multiplier);
            } else {
              addOuter(result + tap, dy, other + pixel, channels, multiplier);
            }
          }
        }
        dy += yPixel;
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

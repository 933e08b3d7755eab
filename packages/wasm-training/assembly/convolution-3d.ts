import { multiplyAdd } from './tile';

/**
 * y, the rows from `first` to before `last` of all images' planes, of the convolution of x [batch, xD, xH, xW, inChannels] with W
 * [kernelD, kernelH, kernelW, inChannels, outChannels].
 */
export function convolve3d(
  x: usize, w: usize, y: usize, xD: i32, xH: i32, xW: i32, yD: i32, yH: i32, yW: i32, kernelD: i32, kernelH: i32, kernelW: i32,
  strideD: i32, strideH: i32, strideW: i32, padFront: i32, padTop: i32, padLeft: i32, inChannels: i32, outChannels: i32,
  first: i32, last: i32,
): void {
  const xPixel = <usize>inChannels << 2, yPixel = <usize>outChannels << 2;
  const tapBytes = <usize>inChannels * yPixel;
  y += <usize>(first * yW) * yPixel;
  for (let unit = first; unit < last; unit++) {
    const top = unit % yH * strideH - padTop, front = unit / yH % yD * strideD - padFront;
    const image = unit / (yH * yD) * xD;
    for (let j = 0; j < yW; j++) {
      const left = j * strideW - padLeft;
      for (let k = 0; k < outChannels; ) {
        const isFull = k + 4 <= outChannels;
        let sum = f32x4.splat(0);
        for (let kd = max(-front, 0); kd < kernelD && front + kd < xD; kd++) {
          for (let kh = max(-top, 0); kh < kernelH && top + kh < xH; kh++) {
            for (let kw = max(-left, 0); kw < kernelW && left + kw < xW; kw++) {
              let from = x + <usize>(((image + front + kd) * xH + top + kh) * xW + left + kw) * xPixel;
              let tap = w + <usize>((kd * kernelH + kh) * kernelW + kw) * tapBytes + (<usize>k << 2);
              for (let c = inChannels; c > 0; c--) {
                sum = multiplyAdd(v128.load32_splat(from), isFull ? v128.load(tap) : v128.load32_splat(tap), sum);
                from += 4;
                tap += yPixel;
              }
            }
          }
        }
        if (isFull) v128.store(y + (<usize>k << 2), sum);
        else v128.store32_lane(y + (<usize>k << 2), sum, 0);
        k += isFull ? 4 : 1;
      }
      y += yPixel;
    }
  }
}

/**
 * dx of the images from `first` to before `last`: for each output voxel and tap dx[voxel, :] += W[tap] dy. Plain loops: it is here to be
 * right, where tfjs's own kernels are not.
 */
export function convolve3dInputGradient(
  w: usize, dy: usize, dx: usize, xD: i32, xH: i32, xW: i32, yD: i32, yH: i32, yW: i32, kernelD: i32, kernelH: i32, kernelW: i32,
  strideD: i32, strideH: i32, strideW: i32, padFront: i32, padTop: i32, padLeft: i32, inChannels: i32, outChannels: i32,
  first: i32, last: i32,
): void {
  const xPixel = <usize>inChannels << 2, yPixel = <usize>outChannels << 2;
  const tapBytes = <usize>inChannels * yPixel;
  const image = <usize>(xD * xH * xW) * xPixel;
  memory.fill(dx + <usize>first * image, 0, <usize>(last - first) * image);
  dy += <usize>(first * yD * yH * yW) * yPixel;
  for (let image = first; image < last; image++) {
    for (let d = 0; d < yD; d++) for (let i = 0; i < yH; i++) for (let j = 0; j < yW; j++) {
      for (let kd = 0; kd < kernelD; kd++) {
        const plane = d * strideD - padFront + kd;
        if (<u32>plane >= <u32>xD) continue;
        for (let kh = 0; kh < kernelH; kh++) {
          const row = i * strideH - padTop + kh;
          if (<u32>row >= <u32>xH) continue;
          for (let kw = 0; kw < kernelW; kw++) {
            const column = j * strideW - padLeft + kw;
            if (<u32>column >= <u32>xW) continue;
            const voxel = <usize>(((image * xD + plane) * xH + row) * xW + column) * xPixel;
            const tap = <usize>((kd * kernelH + kh) * kernelW + kw) * tapBytes;
            addProduct(w + tap, dy, dx + voxel, inChannels, outChannels);
          }
        }
      }
      dy += yPixel;
    }
  }
}

/** dW of the taps from `first` to before `last`: for each output voxel dW[tap] += x[voxel, :] dy, likewise. */
export function convolve3dFilterGradient(
  x: usize, dy: usize, dw: usize, batch: i32, xD: i32, xH: i32, xW: i32, yD: i32, yH: i32, yW: i32,
  kernelD: i32, kernelH: i32, kernelW: i32, strideD: i32, strideH: i32, strideW: i32,
  padFront: i32, padTop: i32, padLeft: i32, inChannels: i32, outChannels: i32, first: i32, last: i32,
): void {
  const xPixel = <usize>inChannels << 2, yPixel = <usize>outChannels << 2;
  const tapBytes = <usize>inChannels * yPixel;
  memory.fill(dw + <usize>first * tapBytes, 0, <usize>(last - first) * tapBytes);
  for (let tap = first; tap < last; tap++) {
    const kw = tap % kernelW, kh = tap / kernelW % kernelH, kd = tap / (kernelW * kernelH);
    let from = dy;
    for (let image = 0; image < batch; image++) {
      for (let d = 0; d < yD; d++) for (let i = 0; i < yH; i++) for (let j = 0; j < yW; j++) {
        const plane = d * strideD - padFront + kd, row = i * strideH - padTop + kh, column = j * strideW - padLeft + kw;
        if (<u32>plane < <u32>xD && <u32>row < <u32>xH && <u32>column < <u32>xW) {
          const voxel = <usize>(((image * xD + plane) * xH + row) * xW + column) * xPixel;
          addOuterProduct(x + voxel, from, dw + <usize>tap * tapBytes, inChannels, outChannels);
        }
        from += yPixel;
      }
    }
  }
}

/** to[c] += sum over k of w[c, k] dy[k]. */
function addProduct(w: usize, dy: usize, to: usize, rows: i32, columns: i32): void {
  for (let row = 0; row < rows; row++) {
    let sum: f32 = 0;
    let from = dy;
    for (let column = 0; column < columns; column++) {
      sum += load<f32>(w) * load<f32>(from);
      w += 4;
      from += 4;
    }
    store<f32>(to, load<f32>(to) + sum);
    to += 4;
  }
}

/** to[c, k] += x[c] dy[k]. */
function addOuterProduct(x: usize, dy: usize, to: usize, rows: i32, columns: i32): void {
  for (let row = 0; row < rows; row++) {
    const value = load<f32>(x);
    let from = dy;
    for (let column = 0; column < columns; column++) {
      store<f32>(to, load<f32>(to) + value * load<f32>(from));
      to += 4;
      from += 4;
    }
    x += 4;
  }
}

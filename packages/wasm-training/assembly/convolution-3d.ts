/**
 * Both gradients of a 3-D convolution: for each output voxel and tap dx[voxel, :] += W[tap] dy where `forInput` is set, or
 * dW[tap] += x[voxel, :] dy. Plain loops: it is here to be right, where tfjs's own kernels are not. `other` is the operand
 * that is not dy.
 */
export function convolve3dGradient(
  forInput: bool, other: usize, dy: usize, result: usize, batch: i32, xD: i32, xH: i32, xW: i32, yD: i32, yH: i32, yW: i32,
  kernelD: i32, kernelH: i32, kernelW: i32, strideD: i32, strideH: i32, strideW: i32,
  padFront: i32, padTop: i32, padLeft: i32, inChannels: i32, outChannels: i32,
): void {
  const xPixel = <usize>inChannels << 2;
  const yPixel = <usize>outChannels << 2;
  const tapBytes = <usize>inChannels * yPixel;
  const size = forInput ? <usize>(batch * xD * xH * xW) * xPixel : <usize>(kernelD * kernelH * kernelW) * tapBytes;
  memory.fill(result, 0, size);
  for (let image = 0; image < batch; image++) {
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
            if (forInput) addProduct(other + tap, dy, result + voxel, inChannels, outChannels);
            else addOuterProduct(other + voxel, dy, result + tap, inChannels, outChannels);
          }
        }
      }
      dy += yPixel;
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

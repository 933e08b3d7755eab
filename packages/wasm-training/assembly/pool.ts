import { storePart } from './pack';

// Pooling over windows of images [depth, height, width, channels]; a flat image has a depth of 1. A window's part outside of the image
// does not count. Every sum and every maximum that meets a NaN is NaN.

/** First and last (exclusive) place along one axis of the window of output `i`. */
// @ts-ignore: decorator
@inline
function windowStart(i: i32, stride: i32, padding: i32): i32 {
  return max(i * stride - padding, 0);
}
// @ts-ignore: decorator
@inline
function windowEnd(i: i32, stride: i32, padding: i32, window: i32, size: i32): i32 {
  return min(i * stride - padding + window, size);
}

const AVERAGE = 0, MAXIMUM = 1;

// @ts-ignore: decorator
@inline
function pool(
  operation: i32, x: usize, y: usize, xD: i32, xH: i32, xW: i32, yD: i32, yH: i32, yW: i32, windowD: i32, windowH: i32,
  windowW: i32, strideD: i32, strideH: i32, strideW: i32, padFront: i32, padTop: i32, padLeft: i32, channels: i32, first: i32,
  last: i32,
): void {
  const pixel = <usize>channels << 2;
  const rowBytes = <usize>xW * pixel, planeBytes = <usize>xH * rowBytes;
  y += <usize>(first * yW) * pixel;
  for (let unit = first; unit < last; unit++) {
    const i = unit % yH, d = unit / yH % yD;
    const front = windowStart(d, strideD, padFront), back = windowEnd(d, strideD, padFront, windowD, xD);
    const top = windowStart(i, strideH, padTop), bottom = windowEnd(i, strideH, padTop, windowH, xH);
    const image = x + <usize>(unit / (yH * yD) * xD) * planeBytes;
    for (let j = 0; j < yW; j++) {
      const left = windowStart(j, strideW, padLeft), right = windowEnd(j, strideW, padLeft, windowW, xW);
      const count = max(back - front, 0) * max(bottom - top, 0) * max(right - left, 0);
      const share = f32x4.splat(1 / <f32>count);
      const columns = max(right - left, 0);
      const start = image + <usize>front * planeBytes + <usize>top * rowBytes + <usize>left * pixel;
      let c = 0;
      for (; c + 16 <= channels; c += 16) {
        const zero = f32x4.splat(operation == AVERAGE ? 0 : -Infinity);
        let a0 = zero, a1 = zero, a2 = zero, a3 = zero;
        let n0 = f32x4.splat(0), n1 = n0, n2 = n0, n3 = n0;
        let planeStart = start + (<usize>c << 2);
        for (let plane = front; plane < back; plane++) {
          let rowStart = planeStart;
          for (let row = top; row < bottom; row++) {
            let from = rowStart;
            for (let left = columns; left > 0; left--) {
              const v0 = v128.load(from), v1 = v128.load(from, 16), v2 = v128.load(from, 32), v3 = v128.load(from, 48);
              if (operation == AVERAGE) {
                a0 = f32x4.add(a0, v0);
                a1 = f32x4.add(a1, v1);
                a2 = f32x4.add(a2, v2);
                a3 = f32x4.add(a3, v3);
              } else {
                a0 = f32x4.pmax(a0, v0);
                a1 = f32x4.pmax(a1, v1);
                a2 = f32x4.pmax(a2, v2);
                a3 = f32x4.pmax(a3, v3);
                n0 = v128.or(n0, f32x4.ne(v0, v0));
                n1 = v128.or(n1, f32x4.ne(v1, v1));
                n2 = v128.or(n2, f32x4.ne(v2, v2));
                n3 = v128.or(n3, f32x4.ne(v3, v3));
              }
              from += pixel;
            }
            rowStart += rowBytes;
          }
          planeStart += planeBytes;
        }
        const to = y + (<usize>c << 2);
        v128.store(to, operation == AVERAGE ? f32x4.mul(a0, share) : v128.or(a0, n0));
        v128.store(to, operation == AVERAGE ? f32x4.mul(a1, share) : v128.or(a1, n1), 16);
        v128.store(to, operation == AVERAGE ? f32x4.mul(a2, share) : v128.or(a2, n2), 32);
        v128.store(to, operation == AVERAGE ? f32x4.mul(a3, share) : v128.or(a3, n3), 48);
      }
      for (; c + 8 <= channels; c += 8) {
        const zero = f32x4.splat(operation == AVERAGE ? 0 : -Infinity);
        let a0 = zero, a1 = zero;
        let n0 = f32x4.splat(0), n1 = n0;
        let planeStart = start + (<usize>c << 2);
        for (let plane = front; plane < back; plane++) {
          let rowStart = planeStart;
          for (let row = top; row < bottom; row++) {
            let from = rowStart;
            for (let left = columns; left > 0; left--) {
              const v0 = v128.load(from), v1 = v128.load(from, 16);
              if (operation == AVERAGE) {
                a0 = f32x4.add(a0, v0);
                a1 = f32x4.add(a1, v1);
              } else {
                a0 = f32x4.pmax(a0, v0);
                a1 = f32x4.pmax(a1, v1);
                n0 = v128.or(n0, f32x4.ne(v0, v0));
                n1 = v128.or(n1, f32x4.ne(v1, v1));
              }
              from += pixel;
            }
            rowStart += rowBytes;
          }
          planeStart += planeBytes;
        }
        const to = y + (<usize>c << 2);
        v128.store(to, operation == AVERAGE ? f32x4.mul(a0, share) : v128.or(a0, n0));
        v128.store(to, operation == AVERAGE ? f32x4.mul(a1, share) : v128.or(a1, n1), 16);
      }
      // Behind the last channel the next pixel's are read, or the little that the allocator keeps behind every tensor; not written.
      for (; c < channels; c += 4) {
        let a = f32x4.splat(operation == AVERAGE ? 0 : -Infinity);
        let n = f32x4.splat(0);
        let planeStart = start + (<usize>c << 2);
        for (let plane = front; plane < back; plane++) {
          let rowStart = planeStart;
          for (let row = top; row < bottom; row++) {
            let from = rowStart;
            for (let left = columns; left > 0; left--) {
              const v = v128.load(from);
              if (operation == AVERAGE) {
                a = f32x4.add(a, v);
              } else {
                a = f32x4.pmax(a, v);
                n = v128.or(n, f32x4.ne(v, v));
              }
              from += pixel;
            }
            rowStart += rowBytes;
          }
          planeStart += planeBytes;
        }
        const result = operation == AVERAGE ? f32x4.mul(a, share) : v128.or(a, n);
        storePart(y + (<usize>c << 2), result, channels - c);
      }
      y += pixel;
    }
  }
}

/** y, the rows from `first` to before `last` of all its images' planes: the mean over each window. */
export function averagePool(
  x: usize, y: usize, xD: i32, xH: i32, xW: i32, yD: i32, yH: i32, yW: i32, windowD: i32, windowH: i32, windowW: i32,
  strideD: i32, strideH: i32, strideW: i32, padFront: i32, padTop: i32, padLeft: i32, channels: i32, first: i32, last: i32,
): void {
  pool(
    AVERAGE, x, y, xD, xH, xW, yD, yH, yW, windowD, windowH, windowW, strideD, strideH, strideW, padFront, padTop, padLeft, channels,
    first, last,
  );
}

/** The same with the largest number of each window. */
export function maximumPool(
  x: usize, y: usize, xD: i32, xH: i32, xW: i32, yD: i32, yH: i32, yW: i32, windowD: i32, windowH: i32, windowW: i32,
  strideD: i32, strideH: i32, strideW: i32, padFront: i32, padTop: i32, padLeft: i32, channels: i32, first: i32, last: i32,
): void {
  pool(
    MAXIMUM, x, y, xD, xH, xW, yD, yH, yW, windowD, windowH, windowW, strideD, strideH, strideW, padFront, padTop, padLeft, channels,
    first, last,
  );
}

/** dx, of the images from `first` to before `last`, of an average pooling: each dy, divided by the pixels of its window, goes to each of them. */
export function averagePoolGradient(
  dy: usize, dx: usize, xD: i32, xH: i32, xW: i32, yD: i32, yH: i32, yW: i32, windowD: i32, windowH: i32, windowW: i32,
  strideD: i32, strideH: i32, strideW: i32, padFront: i32, padTop: i32, padLeft: i32, channels: i32, first: i32, last: i32,
): void {
  const pixel = <usize>channels << 2;
  const rowBytes = <usize>xW * pixel, planeBytes = <usize>xH * rowBytes, imageBytes = <usize>xD * planeBytes;
  memory.fill(dx + <usize>first * imageBytes, 0, <usize>(last - first) * imageBytes);
  dy += <usize>(first * yD * yH * yW) * pixel;
  for (let image = first; image < last; image++) {
    for (let d = 0; d < yD; d++) {
      const front = windowStart(d, strideD, padFront), back = windowEnd(d, strideD, padFront, windowD, xD);
      for (let i = 0; i < yH; i++) {
        const top = windowStart(i, strideH, padTop), bottom = windowEnd(i, strideH, padTop, windowH, xH);
        for (let j = 0; j < yW; j++) {
          const left = windowStart(j, strideW, padLeft), right = windowEnd(j, strideW, padLeft, windowW, xW);
          const share = f32x4.splat(1 / <f32>((back - front) * (bottom - top) * (right - left)));
          for (let plane = front; plane < back; plane++) {
            for (let row = top; row < bottom; row++) {
              let to = dx + <usize>image * imageBytes + <usize>plane * planeBytes + <usize>row * rowBytes + <usize>left * pixel;
              for (let column = left; column < right; column++) {
                let from = dy;
                let c = channels;
                for (; c >= 4; c -= 4) {
                  v128.store(to, f32x4.add(v128.load(to), f32x4.mul(v128.load(from), share)));
                  to += 16;
                  from += 16;
                }
                for (; c > 0; c--) {
                  store<f32>(to, load<f32>(to) + load<f32>(from) * f32x4.extract_lane(share, 0));
                  to += 4;
                  from += 4;
                }
              }
            }
          }
          dy += pixel;
        }
      }
    }
  }
}

/** The same of a maximum pooling: each dy goes to the first NaN of its window or, where it has none, to the first largest number. */
export function maximumPoolGradient(
  x: usize, dy: usize, dx: usize, xD: i32, xH: i32, xW: i32, yD: i32, yH: i32, yW: i32, windowD: i32, windowH: i32, windowW: i32,
  strideD: i32, strideH: i32, strideW: i32, padFront: i32, padTop: i32, padLeft: i32, channels: i32, first: i32, last: i32,
): void {
  const pixel = <usize>channels << 2;
  const rowBytes = <usize>xW * pixel, planeBytes = <usize>xH * rowBytes, imageBytes = <usize>xD * planeBytes;
  memory.fill(dx + <usize>first * imageBytes, 0, <usize>(last - first) * imageBytes);
  dy += <usize>(first * yD * yH * yW) * pixel;
  for (let image = first; image < last; image++) {
    const imageStart = <usize>image * imageBytes;
    for (let d = 0; d < yD; d++) {
      const front = windowStart(d, strideD, padFront), back = windowEnd(d, strideD, padFront, windowD, xD);
      for (let i = 0; i < yH; i++) {
        const top = windowStart(i, strideH, padTop), bottom = windowEnd(i, strideH, padTop, windowH, xH);
        for (let j = 0; j < yW; j++) {
          const left = windowStart(j, strideW, padLeft), right = windowEnd(j, strideW, padLeft, windowW, xW);
          let start = imageStart + <usize>front * planeBytes + <usize>top * rowBytes + <usize>left * pixel;
          const rows = bottom - top, columns = right - left, planes = back - front;
          let from = dy;
          let c = channels;
          for (; c >= 4; c -= 4) {
            putMaximum(x + start, from, dx + start, planes, rows, columns, planeBytes, rowBytes, pixel);
            start += 16;
            from += 16;
          }
          for (; c > 0; c--) {
            putMaximumScalar(x + start, from, dx + start, planes, rows, columns, planeBytes, rowBytes, pixel);
            start += 4;
            from += 4;
          }
          dy += pixel;
        }
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function putMaximum(
  x: usize, dy: usize, dx: usize, planes: i32, rows: i32, columns: i32, planeBytes: usize, rowBytes: usize, pixel: usize,
): void {
  let largest = f32x4.splat(-Infinity);
  let place = i32x4.splat(0);
  let index = 0;
  for (let plane = 0; plane < planes; plane++) {
    for (let row = 0; row < rows; row++) {
      let at = x + <usize>plane * planeBytes + <usize>row * rowBytes;
      for (let column = 0; column < columns; column++) {
        const value = v128.load(at);
        // Larger, or the first NaN.
        const isNext = v128.andnot(f32x4.eq(largest, largest), f32x4.le(value, largest));
        largest = v128.bitselect(value, largest, isNext);
        place = v128.bitselect(i32x4.splat(index), place, isNext);
        index++;
        at += pixel;
      }
    }
  }
  const gradient = v128.load(dy);
  index = 0;
  for (let plane = 0; plane < planes; plane++) {
    for (let row = 0; row < rows; row++) {
      let at = dx + <usize>plane * planeBytes + <usize>row * rowBytes;
      for (let column = 0; column < columns; column++) {
        const here = v128.and(i32x4.eq(place, i32x4.splat(index)), gradient);
        v128.store(at, f32x4.add(v128.load(at), here));
        index++;
        at += pixel;
      }
    }
  }
}

function putMaximumScalar(
  x: usize, dy: usize, dx: usize, planes: i32, rows: i32, columns: i32, planeBytes: usize, rowBytes: usize, pixel: usize,
): void {
  if (planes <= 0 || rows <= 0 || columns <= 0) return;
  let largest: f32 = -Infinity;
  let place: usize = 0;
  for (let plane = 0; plane < planes; plane++) {
    for (let row = 0; row < rows; row++) {
      let offset = <usize>plane * planeBytes + <usize>row * rowBytes;
      for (let column = 0; column < columns; column++) {
        const value = load<f32>(x + offset);
        if (!(value <= largest) && largest == largest) {
          largest = value;
          place = offset;
        }
        offset += pixel;
      }
    }
  }
  store<f32>(dx + place, load<f32>(dx + place) + load<f32>(dy));
}

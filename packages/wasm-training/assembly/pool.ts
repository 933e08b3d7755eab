/** dx, of the images from `first` to before `last`, of an average pooling: each dy, divided by the window's full size, goes to every input pixel of its window. */
export function averagePoolGradient(
  dy: usize, dx: usize, xH: i32, xW: i32, yH: i32, yW: i32, windowH: i32, windowW: i32,
  strideH: i32, strideW: i32, padTop: i32, padLeft: i32, channels: i32, first: i32, last: i32,
): void {
  const pixel = <usize>channels << 2;
  memory.fill(dx + <usize>(first * xH * xW) * pixel, 0, <usize>((last - first) * xH * xW) * pixel);
  dy += <usize>(first * yH * yW) * pixel;
  const factor = f32x4.splat(1 / <f32>(windowH * windowW));
  for (let image = first; image < last; image++) {
    for (let i = 0; i < yH; i++) {
      for (let j = 0; j < yW; j++) {
        const top = i * strideH - padTop, left = j * strideW - padLeft;
        const bottom = min(top + windowH, xH), right = min(left + windowW, xW);
        for (let row = max(top, 0); row < bottom; row++) {
          for (let column = max(left, 0); column < right; column++) {
            let to = dx + <usize>((image * xH + row) * xW + column) * pixel;
            let from = dy;
            let c = channels;
            for (; c >= 4; c -= 4) {
              v128.store(to, f32x4.add(v128.load(to), f32x4.mul(v128.load(from), factor)));
              to += 16;
              from += 16;
            }
            for (; c > 0; c--) {
              store<f32>(to, load<f32>(to) + load<f32>(from) * f32x4.extract_lane(factor, 0));
              to += 4;
              from += 4;
            }
          }
        }
        dy += pixel;
      }
    }
  }
}

/** The same of a maximum pooling: each dy goes to the first largest input of its window. */
export function maximumPoolGradient(
  x: usize, dy: usize, dx: usize, xH: i32, xW: i32, yH: i32, yW: i32, windowH: i32, windowW: i32,
  strideH: i32, strideW: i32, padTop: i32, padLeft: i32, channels: i32, first: i32, last: i32,
): void {
  const pixel = <usize>channels << 2;
  const rowBytes = <usize>xW * pixel;
  memory.fill(dx + <usize>(first * xH) * rowBytes, 0, <usize>((last - first) * xH) * rowBytes);
  dy += <usize>(first * yH * yW) * pixel;
  for (let image = first; image < last; image++) {
    const imageStart = <usize>(image * xH) * rowBytes;
    for (let i = 0; i < yH; i++) {
      const top = max(i * strideH - padTop, 0), bottom = min(i * strideH - padTop + windowH, xH);
      for (let j = 0; j < yW; j++) {
        const left = max(j * strideW - padLeft, 0), right = min(j * strideW - padLeft + windowW, xW);
        for (let c = 0; c < channels; c += 4) {
          const start = imageStart + (<usize>c << 2);
          if (c + 4 <= channels) {
            putMaximum(x + start, dy + (<usize>c << 2), dx + start, top, bottom, left, right, rowBytes, pixel);
          } else {
            for (let lane: usize = 0; lane < <usize>(channels - c) << 2; lane += 4) {
              putMaximumScalar(
                x + start + lane, dy + (<usize>c << 2) + lane, dx + start + lane, top, bottom, left, right, rowBytes, pixel,
              );
            }
          }
        }
        dy += pixel;
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function putMaximum(
  x: usize, dy: usize, dx: usize, top: i32, bottom: i32, left: i32, right: i32, rowBytes: usize, pixel: usize,
): void {
  let largest = f32x4.splat(-Infinity);
  let place = i32x4.splat(-1);
  let index = 0;
  for (let row = top; row < bottom; row++) {
    let at = x + <usize>row * rowBytes + <usize>left * pixel;
    for (let column = left; column < right; column++) {
      const value = v128.load(at);
      const larger = f32x4.gt(value, largest);
      largest = v128.bitselect(value, largest, larger);
      place = v128.bitselect(i32x4.splat(index), place, larger);
      index++;
      at += pixel;
    }
  }
  const gradient = v128.load(dy);
  index = 0;
  for (let row = top; row < bottom; row++) {
    let at = dx + <usize>row * rowBytes + <usize>left * pixel;
    for (let column = left; column < right; column++) {
      const here = v128.and(i32x4.eq(place, i32x4.splat(index)), gradient);
      v128.store(at, f32x4.add(v128.load(at), here));
      index++;
      at += pixel;
    }
  }
}

function putMaximumScalar(
  x: usize, dy: usize, dx: usize, top: i32, bottom: i32, left: i32, right: i32, rowBytes: usize, pixel: usize,
): void {
  let largest: f32 = -Infinity;
  let place: usize = 0;
  let found = false;
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      const offset = <usize>row * rowBytes + <usize>column * pixel;
      const value = load<f32>(x + offset);
      if (value > largest) {
        largest = value;
        place = offset;
        found = true;
      }
    }
  }
  if (found) store<f32>(dx + place, load<f32>(dx + place) + load<f32>(dy));
}

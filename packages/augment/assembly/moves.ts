/**
 * Moves pixels by a matrix, each to where the nearest one is read: coordinates count from the first pixel, in float32, and
 * halves are rounded away from zero, as in TensorFlow. Pixels from outside have the levels at `fill`.
 *
 * Of an image of three channels 4 bytes are read and written at a time.
 */
export function moveByCorners(
  data: usize, height: i32, width: i32, channels: i32,
  a: f32, b: f32, c: f32, d: f32, e: f32, f: f32, fill: usize, result: usize,
): void {
  const right = f32x4.splat(<f32>width - 0.5), bottom = f32x4.splat(<f32>height - 0.5), edge = f32x4.splat(-0.5);
  const half = f32x4.splat(0.5), ofX = f32x4.splat(c), ofY = f32x4.splat(f);
  const outside = <i32>fill - <i32>data;
  for (let y = 0; y < height; y++) {
    const rowX = f32x4.splat(b * <f32>y), rowY = f32x4.splat(e * <f32>y);
    for (let x = 0; x < width; x += 4) {
      const columns = f32x4.convert_i32x4_s(i32x4.add(i32x4.splat(x), i32x4(0, 1, 2, 3)));
      const fromX = f32x4.add(f32x4.add(f32x4.mul(f32x4.splat(a), columns), rowX), ofX);
      const fromY = f32x4.add(f32x4.add(f32x4.mul(f32x4.splat(d), columns), rowY), ofY);
      const isInside = v128.and(
        v128.and(f32x4.gt(fromX, edge), f32x4.lt(fromX, right)),
        v128.and(f32x4.gt(fromY, edge), f32x4.lt(fromY, bottom)),
      );
      const pixels = i32x4.add(
        i32x4.mul(i32x4.trunc_sat_f32x4_s(roundUp(fromY, half)), i32x4.splat(width)),
        i32x4.trunc_sat_f32x4_s(roundUp(fromX, half)),
      );
      const places = v128.bitselect(i32x4.mul(pixels, i32x4.splat(channels)), i32x4.splat(outside), isInside);
      result = copyFour(data, places, min(width - x, 4), channels, result);
    }
  }
}

/** As `moveByCorners`, with coordinates at the centres of pixels in whole numbers of 1/65536, as in Pillow. */
export function moveByCentres(
  data: usize, height: i32, width: i32, channels: i32,
  startX: f64, stepXX: f64, stepXY: f64, startY: f64, stepYX: f64, stepYY: f64, fill: usize, result: usize,
): void {
  const outside = <i32>fill - <i32>data;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const column = floor((startX + <f64>x * stepXX + <f64>y * stepXY) / 65536);
      const row = floor((startY + <f64>x * stepYX + <f64>y * stepYY) / 65536);
      const isInside = column >= 0 && column < <f64>width && row >= 0 && row < <f64>height;
      const from = data + (isInside ? (<i32>row * width + <i32>column) * channels : outside);
      if (channels == 1) store<u8>(result, load<u8>(from));
      else store<u32>(result, load<u32>(from));
      result += channels;
    }
  }
}

/** Exactly `floor(value + 0.5)`, where float32 would round the sum first. */
// @ts-ignore: decorator
@inline
function roundUp(value: v128, half: v128): v128 {
  const whole = f32x4.floor(value);
  return f32x4.sub(whole, f32x4.convert_i32x4_s(f32x4.ge(f32x4.sub(value, whole), half)));
}

// @ts-ignore: decorator
@inline
function copyFour(data: usize, places: v128, count: i32, channels: i32, result: usize): usize {
  if (channels == 1) {
    store<u8>(result, load<u8>(data + i32x4.extract_lane(places, 0)));
    if (count > 1) store<u8>(result, load<u8>(data + i32x4.extract_lane(places, 1)), 1);
    if (count > 2) store<u8>(result, load<u8>(data + i32x4.extract_lane(places, 2)), 2);
    if (count > 3) store<u8>(result, load<u8>(data + i32x4.extract_lane(places, 3)), 3);
    return result + count;
  }
  store<u32>(result, load<u32>(data + i32x4.extract_lane(places, 0)));
  if (count > 1) store<u32>(result, load<u32>(data + i32x4.extract_lane(places, 1)), 3);
  if (count > 2) store<u32>(result, load<u32>(data + i32x4.extract_lane(places, 2)), 6);
  if (count > 3) store<u32>(result, load<u32>(data + i32x4.extract_lane(places, 3)), 9);
  return result + 3 * count;
}

/** Reverses the columns of an image of three channels. */
export function mirror(data: usize, height: i32, width: i32, result: usize): void {
  for (let y = 0; y < height; y++, data += width * 3) {
    let from = data + width * 3;
    let left = width;
    for (; left >= 5; left -= 5, result += 15) {
      from -= 15;
      const pixels = v128.load(from);
      v128.store(result, v128.shuffle<i8>(pixels, pixels, 12, 13, 14, 9, 10, 11, 6, 7, 8, 3, 4, 5, 0, 1, 2, 0));
    }
    for (; left > 0; left--, result += 3) {
      from -= 3;
      store<u16>(result, load<u16>(from));
      store<u8>(result, load<u8>(from, 2), 2);
    }
  }
}

import { blues, bytes, greens, highest, lowest, reds, second, third } from './shuffles';

/** 1 / 255 in float32. */
const SCALE: f32 = 1.0 / 255.0;

/** Blends an image of three channels with its grey version, which is TensorFlow's or Pillow's. */
export function color(data: usize, pixels: i32, isPillow: bool, factor: f32, rounds: bool, result: usize): void {
  for (const end = data + pixels * 3; data < end; data += 48, result += 48) {
    const a = v128.load(data), b = v128.load(data, 16), c = v128.load(data, 32);
    const grey = greyOf(reds(a, b, c), greens(a, b, c), blues(a, b, c), isPillow);
    const first = v128.shuffle<i8>(grey, grey, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5);
    const middle = v128.shuffle<i8>(grey, grey, 5, 5, 6, 6, 6, 7, 7, 7, 8, 8, 8, 9, 9, 9, 10, 10);
    const last = v128.shuffle<i8>(grey, grey, 10, 11, 11, 11, 12, 12, 12, 13, 13, 13, 14, 14, 14, 15, 15, 15);
    v128.store(result, blend(first, a, factor, rounds));
    v128.store(result, blend(middle, b, factor, rounds), 16);
    v128.store(result, blend(last, c, factor, rounds), 32);
  }
}

/** The sum of Pillow's or TensorFlow's grey levels of an image of three channels. */
export function sumOfGrey(data: usize, pixels: i32, isPillow: bool): f64 {
  let sums = i64x2.splat(0);
  for (let left = pixels; left > 0; left -= 16, data += 48) {
    const a = v128.load(data), b = v128.load(data, 16), c = v128.load(data, 32);
    let grey = greyOf(reds(a, b, c), greens(a, b, c), blues(a, b, c), isPillow);
    if (left < 16) {
      const places = v128(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
      grey = v128.and(grey, i8x16.lt_s(places, i8x16.splat(<i8>left)));
    }
    const fours = i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(grey));
    sums = i64x2.add(sums, i64x2.add(i64x2.extend_low_i32x4_u(fours), i64x2.extend_high_i32x4_u(fours)));
  }
  return <f64>(i64x2.extract_lane(sums, 0) + i64x2.extract_lane(sums, 1));
}

// @ts-ignore: decorator
@inline
function greyOf(red: v128, green: v128, blue: v128, isPillow: bool): v128 {
  if (isPillow) {
    return bytes(
      pillowGrey(lowest(red), lowest(green), lowest(blue)), pillowGrey(second(red), second(green), second(blue)),
      pillowGrey(third(red), third(green), third(blue)), pillowGrey(highest(red), highest(green), highest(blue)),
    );
  }
  return bytes(
    floatGrey(lowest(red), lowest(green), lowest(blue)), floatGrey(second(red), second(green), second(blue)),
    floatGrey(third(red), third(green), third(blue)), floatGrey(highest(red), highest(green), highest(blue)),
  );
}

// @ts-ignore: decorator
@inline
function pillowGrey(red: v128, green: v128, blue: v128): v128 {
  const sum = i32x4.add(i32x4.mul(red, i32x4.splat(19595)), i32x4.mul(green, i32x4.splat(38470)));
  return i32x4.shr_u(i32x4.add(i32x4.add(sum, i32x4.mul(blue, i32x4.splat(7471))), i32x4.splat(0x8000)), 16);
}

// @ts-ignore: decorator
@inline
function floatGrey(red: v128, green: v128, blue: v128): v128 {
  const sum = f32x4.add(f32x4.add(part(red, 0.2989), part(green, 0.587)), part(blue, 0.114));
  return i32x4.trunc_sat_f32x4_s(f32x4.mul(sum, f32x4.splat(255.5)));
}

// @ts-ignore: decorator
@inline
function part(levels: v128, weight: f32): v128 {
  return f32x4.mul(f32x4.mul(f32x4.convert_i32x4_s(levels), f32x4.splat(SCALE)), f32x4.splat(weight));
}

/** `from + factor * (to - from)` in float32, clipped to bytes; without their fraction, or rounded. */
// @ts-ignore: decorator
@inline
function blend(from: v128, to: v128, factor: f32, rounds: bool): v128 {
  const share = f32x4.splat(factor);
  return bytes(
    blendFour(lowest(from), lowest(to), share, rounds), blendFour(second(from), second(to), share, rounds),
    blendFour(third(from), third(to), share, rounds), blendFour(highest(from), highest(to), share, rounds),
  );
}

// @ts-ignore: decorator
@inline
function blendFour(from: v128, to: v128, share: v128, rounds: bool): v128 {
  const difference = f32x4.convert_i32x4_s(i32x4.sub(to, from));
  const value = f32x4.add(f32x4.convert_i32x4_s(from), f32x4.mul(share, difference));
  const whole = i32x4.trunc_sat_f32x4_s(value);
  if (!rounds) return whole;
  // Not value + 0.5, which float32 may round up.
  const fraction = f32x4.sub(value, f32x4.trunc(value));
  return i32x4.sub(whole, f32x4.ge(fraction, f32x4.splat(0.5)));
}

/** Blends an image with one in which each value inside is a mean of 3 x 3, of 13: the middle one counts 5 times. */
export function sharpness(
  data: usize, height: i32, pitch: i32, channels: i32, half: i32, factor: f32, rounds: bool, result: usize,
): void {
  memory.copy(result, data, height * pitch);
  for (let y = 1; y < height - 1; y++) {
    const row = data + y * pitch, to = result + y * pitch;
    let i = channels;
    const end = pitch - channels;
    for (; i + 16 <= end; i += 16) {
      const at = row + i;
      const middle = v128.load(at);
      const low = mean(
        sums(at - pitch - channels, at - channels, at + pitch - channels), sums(at - pitch, at, at + pitch),
        sums(at - pitch + channels, at + channels, at + pitch + channels), i16x8.extend_low_i8x16_u(middle), half,
      );
      const high = mean(
        sums(at - pitch - channels + 8, at - channels + 8, at + pitch - channels + 8),
        sums(at - pitch + 8, at + 8, at + pitch + 8),
        sums(at - pitch + channels + 8, at + channels + 8, at + pitch + channels + 8),
        i16x8.extend_high_i8x16_u(middle), half,
      );
      v128.store(to + i, blend(i8x16.narrow_i16x8_u(low, high), middle, factor, rounds));
    }
    for (; i < end; i++) {
      const at = row + i;
      let sum = 4 * <i32>load<u8>(at) + half;
      for (let line = at - pitch; line <= at + pitch; line += pitch) {
        sum += <i32>load<u8>(line - channels) + <i32>load<u8>(line) + <i32>load<u8>(line + channels);
      }
      const smooth = i8x16.splat(<i8>(sum / 13)), own = i8x16.splat(load<u8>(at));
      store<u8>(to + i, i8x16.extract_lane_u(blend(smooth, own, factor, rounds), 0));
    }
  }
}

// @ts-ignore: decorator
@inline
function sums(above: usize, at: usize, below: usize): v128 {
  return i16x8.add(i16x8.add(v128.load8x8_u(above), v128.load8x8_u(at)), v128.load8x8_u(below));
}

/** A thirteenth, without its fraction: 5042 / 65536 is more than it by too little to matter below 13 x 256. */
// @ts-ignore: decorator
@inline
function mean(left: v128, middle: v128, right: v128, centre: v128, half: i32): v128 {
  const four = i16x8.add(i16x8.shl(centre, 2), i16x8.splat(<i16>half));
  const sum = i16x8.add(i16x8.add(i16x8.add(left, middle), right), four);
  const low = i32x4.extmul_low_i16x8_u(sum, i16x8.splat(5042)), high = i32x4.extmul_high_i16x8_u(sum, i16x8.splat(5042));
  return v128.shuffle<i16>(low, high, 1, 3, 5, 7, 9, 11, 13, 15);
}

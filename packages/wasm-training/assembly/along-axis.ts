import { expVector } from './elementwise';

/** out = e^(x - m) / the sum of these, m the largest of a row, for the rows of `width` numbers from `first` to before `last`. */
export function softmax(x: usize, out: usize, width: i32, first: i32, last: i32): void {
  const rowBytes = <usize>width << 2;
  x += <usize>first * rowBytes;
  out += <usize>first * rowBytes;
  for (let row = first; row < last; row++) {
    let largest = f32x4.splat(-Infinity);
    let from = x;
    let count = width;
    for (; count >= 4; count -= 4) {
      largest = f32x4.max(largest, v128.load(from));
      from += 16;
    }
    for (; count > 0; count--) {
      largest = f32x4.max(largest, v128.load32_splat(from));
      from += 4;
    }
    largest = f32x4.max(largest, i32x4.shuffle(largest, largest, 2, 3, 0, 1));
    largest = f32x4.max(largest, i32x4.shuffle(largest, largest, 1, 0, 3, 2));
    let sums = f32x4.splat(0);
    let to = out;
    for (count = width; count >= 4; count -= 4) {
      const power = expVector(f32x4.sub(v128.load(x), largest));
      v128.store(to, power);
      sums = f32x4.add(sums, power);
      x += 16;
      to += 16;
    }
    let sum = f32x4.extract_lane(sums, 0) + f32x4.extract_lane(sums, 1) + (f32x4.extract_lane(sums, 2) + f32x4.extract_lane(sums, 3));
    for (; count > 0; count--) {
      const power = f32x4.extract_lane(expVector(f32x4.sub(v128.load32_splat(x), largest)), 0);
      store<f32>(to, power);
      sum += power;
      x += 4;
      to += 4;
    }
    const divisor = f32x4.splat(sum);
    for (count = width; count >= 4; count -= 4) {
      v128.store(out, f32x4.div(v128.load(out), divisor));
      out += 16;
    }
    for (; count > 0; count--) {
      store<f32>(out, load<f32>(out) / sum);
      out += 4;
    }
  }
}

// @ts-ignore: decorator
@inline
function cumulate(
  isFloat: bool, x: usize, out: usize, size: i32, inner: i32, isExclusive: bool, isReverse: bool, first: i32, last: i32,
): void {
  const rowBytes = <usize>inner << 2;
  const block = <usize>size * rowBytes;
  const step = isReverse ? -rowBytes : rowBytes;
  const start = isReverse ? block - rowBytes : 0;
  for (let a = first; a < last; a++) {
    for (let column = 0; column < inner; ) {
      const isFull = column + 4 <= inner;
      let total = i32x4.splat(0);
      let at = <usize>a * block + start + (<usize>column << 2);
      for (let i = size; i > 0; i--) {
        const number = isFull ? v128.load(x + at) : v128.load32_splat(x + at);
        const next = isFloat ? f32x4.add(total, number) : i32x4.add(total, number);
        const result = isExclusive ? total : next;
        if (isFull) v128.store(out + at, result);
        else v128.store32_lane(out + at, result, 0);
        total = next;
        at += step;
      }
      column += isFull ? 4 : 1;
    }
  }
}

// Sums along the axis in the middle of x [outer, size, inner], from its first number to each, or before it with `isExclusive`; from the
// last one with `isReverse`. Of the outer indices those from `first` to before `last`.
export function cumulateFloats(
  x: usize, out: usize, size: i32, inner: i32, isExclusive: bool, isReverse: bool, first: i32, last: i32,
): void {
  cumulate(true, x, out, size, inner, isExclusive, isReverse, first, last);
}
export function cumulateIntegers(
  x: usize, out: usize, size: i32, inner: i32, isExclusive: bool, isReverse: bool, first: i32, last: i32,
): void {
  cumulate(false, x, out, size, inner, isExclusive, isReverse, first, last);
}

// @ts-ignore: decorator
@inline
function choose<T>(isMaximum: bool, x: usize, out: usize, size: i32, inner: i32, first: i32, last: i32): void {
  const stride = <usize>inner << 2;
  for (let unit = first; unit < last; unit++) {
    const a = unit / inner;
    let from = x + <usize>a * <usize>size * stride + (<usize>(unit - a * inner) << 2);
    let best = load<T>(from);
    let place = 0;
    for (let i = 1; i < size; i++) {
      from += stride;
      const number = load<T>(from);
      if (isMaximum ? number > best : number < best) {
        best = number;
        place = i;
      }
    }
    store<i32>(out + (<usize>unit << 2), place);
  }
}

// The place of the first of the largest, or least, numbers along the axis in the middle of x [outer, size, inner]; of all (a, b) those
// from `first` to before `last`. NaN is left out unless it comes first.
export function placeOfMaximum(x: usize, out: usize, size: i32, inner: i32, first: i32, last: i32): void {
  choose<f32>(true, x, out, size, inner, first, last);
}
export function placeOfMinimum(x: usize, out: usize, size: i32, inner: i32, first: i32, last: i32): void {
  choose<f32>(false, x, out, size, inner, first, last);
}
export function placeOfMaximumInteger(x: usize, out: usize, size: i32, inner: i32, first: i32, last: i32): void {
  choose<i32>(true, x, out, size, inner, first, last);
}
export function placeOfMinimumInteger(x: usize, out: usize, size: i32, inner: i32, first: i32, last: i32): void {
  choose<i32>(false, x, out, size, inner, first, last);
}

/**
 * out = (x - mean) scale / sqrt(variance + epsilon) + offset for the rows of `channels` numbers from `first` to before `last`. Without
 * `scale` or `offset`, whose address is 0 then, they are 1 and 0. `scratch` holds a number for each channel.
 */
export function normalizeBatch(
  x: usize, mean: usize, variance: usize, scale: usize, offset: usize, hasScale: bool, hasOffset: bool, out: usize, channels: i32,
  epsilon: f32, first: i32, last: i32, scratch: usize,
): void {
  for (let c: usize = 0; c < <usize>channels << 2; c += 4) {
    store<f32>(scratch + c, (hasScale ? load<f32>(scale + c) : 1) / sqrt(load<f32>(variance + c) + epsilon));
  }
  const rowBytes = <usize>channels << 2;
  x += <usize>first * rowBytes;
  out += <usize>first * rowBytes;
  for (let row = first; row < last; row++) {
    let c: usize = 0;
    for (; c + 16 <= rowBytes; c += 16) {
      const scaled = f32x4.mul(f32x4.sub(v128.load(x + c), v128.load(mean + c)), v128.load(scratch + c));
      v128.store(out + c, hasOffset ? f32x4.add(scaled, v128.load(offset + c)) : scaled);
    }
    for (; c < rowBytes; c += 4) {
      const scaled = (load<f32>(x + c) - load<f32>(mean + c)) * load<f32>(scratch + c);
      store<f32>(out + c, hasOffset ? scaled + load<f32>(offset + c) : scaled);
    }
    x += rowBytes;
    out += rowBytes;
  }
}

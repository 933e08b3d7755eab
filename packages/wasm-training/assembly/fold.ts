import { COLUMNS } from './reduce';

const MAXIMUM = 0, MINIMUM = 1, PRODUCT = 2, INTEGER_MAXIMUM = 3, INTEGER_MINIMUM = 4, INTEGER_PRODUCT = 5, INTEGER_SUM = 6;

// @ts-ignore: decorator
@inline
function combine(operation: i32, a: v128, b: v128): v128 {
  if (operation == MAXIMUM) return f32x4.max(a, b);
  if (operation == MINIMUM) return f32x4.min(a, b);
  if (operation == PRODUCT) return f32x4.mul(a, b);
  if (operation == INTEGER_MAXIMUM) return i32x4.max_s(a, b);
  if (operation == INTEGER_MINIMUM) return i32x4.min_s(a, b);
  return operation == INTEGER_PRODUCT ? i32x4.mul(a, b) : i32x4.add(a, b);
}

/** The number that changes none it is combined with. */
// @ts-ignore: decorator
@inline
function neutral(operation: i32): v128 {
  if (operation == MAXIMUM) return f32x4.splat(-Infinity);
  if (operation == MINIMUM) return f32x4.splat(Infinity);
  if (operation == PRODUCT) return f32x4.splat(1);
  if (operation == INTEGER_MAXIMUM) return i32x4.splat(i32.MIN_VALUE);
  if (operation == INTEGER_MINIMUM) return i32x4.splat(i32.MAX_VALUE);
  return i32x4.splat(operation == INTEGER_PRODUCT ? 1 : 0);
}

// @ts-ignore: decorator
@inline
function foldRow(operation: i32, x: usize, count: i32): v128 {
  let r0 = neutral(operation);
  if (count >= 16) {
    let r1 = r0, r2 = r0, r3 = r0;
    for (; count >= 16; count -= 16) {
      r0 = combine(operation, r0, v128.load(x));
      r1 = combine(operation, r1, v128.load(x, 16));
      r2 = combine(operation, r2, v128.load(x, 32));
      r3 = combine(operation, r3, v128.load(x, 48));
      x += 64;
    }
    r0 = combine(operation, combine(operation, r0, r1), combine(operation, r2, r3));
  }
  for (; count >= 4; count -= 4) {
    r0 = combine(operation, r0, v128.load(x));
    x += 16;
  }
  r0 = combine(operation, r0, i32x4.shuffle(r0, r0, 2, 3, 0, 1));
  r0 = combine(operation, r0, i32x4.shuffle(r0, r0, 1, 0, 3, 2));
  for (; count > 0; count--) {
    r0 = combine(operation, r0, v128.load32_splat(x));
    x += 4;
  }
  return r0;
}

/** Folds the columns from `column` to before `end` of a matrix [rows, columns]. */
// @ts-ignore: decorator
@inline
function foldColumns(operation: i32, x: usize, out: usize, rows: i32, columns: i32, column: i32, end: i32): void {
  const stride = <usize>columns << 2;
  for (; column + COLUMNS <= end; column += COLUMNS) {
    let r0 = neutral(operation), r1 = r0, r2 = r0, r3 = r0;
    let from = x + (<usize>column << 2);
    for (let row = rows; row > 0; row--) {
      r0 = combine(operation, r0, v128.load(from));
      r1 = combine(operation, r1, v128.load(from, 16));
      r2 = combine(operation, r2, v128.load(from, 32));
      r3 = combine(operation, r3, v128.load(from, 48));
      from += stride;
    }
    const to = out + (<usize>column << 2);
    v128.store(to, r0);
    v128.store(to, r1, 16);
    v128.store(to, r2, 32);
    v128.store(to, r3, 48);
  }
  for (; column + 4 <= end; column += 4) {
    let r0 = neutral(operation);
    let from = x + (<usize>column << 2);
    for (let row = rows; row > 0; row--) {
      r0 = combine(operation, r0, v128.load(from));
      from += stride;
    }
    v128.store(out + (<usize>column << 2), r0);
  }
  for (; column < end; column++) {
    let r0 = neutral(operation);
    let from = x + (<usize>column << 2);
    for (let row = rows; row > 0; row--) {
      r0 = combine(operation, r0, v128.load32_splat(from));
      from += stride;
    }
    v128.store32_lane(out + (<usize>column << 2), r0, 0);
  }
}

// @ts-ignore: decorator
@inline
function foldUnitsBy(operation: i32, x: usize, out: usize, reduced: i32, inner: i32, first: i32, last: i32): void {
  const row = <usize>reduced * <usize>inner << 2;
  if (inner == 1) {
    for (let a = first; a < last; a++) {
      v128.store32_lane(out + (<usize>a << 2), foldRow(operation, x + <usize>a * row, reduced), 0);
    }
    return;
  }
  const blocks = (inner + COLUMNS - 1) / COLUMNS;
  for (let unit = first; unit < last; ) {
    const a = unit / blocks;
    const firstBlock = unit - a * blocks;
    const lastBlock = min(blocks, firstBlock + last - unit);
    const end = min(lastBlock * COLUMNS, inner);
    foldColumns(operation, x + <usize>a * row, out + (<usize>(a * inner) << 2), reduced, inner, firstBlock * COLUMNS, end);
    unit += lastBlock - firstBlock;
  }
}

// out[a, b] = x[a, 0, b] op x[a, 1, b] op ... for x [outer, reduced, inner], in an order that is always the same; of the units of work
// those from `first` to before `last`.
export function foldMaximum(x: usize, out: usize, reduced: i32, inner: i32, first: i32, last: i32): void {
  foldUnitsBy(MAXIMUM, x, out, reduced, inner, first, last);
}
export function foldMinimum(x: usize, out: usize, reduced: i32, inner: i32, first: i32, last: i32): void {
  foldUnitsBy(MINIMUM, x, out, reduced, inner, first, last);
}
export function foldProduct(x: usize, out: usize, reduced: i32, inner: i32, first: i32, last: i32): void {
  foldUnitsBy(PRODUCT, x, out, reduced, inner, first, last);
}
export function foldIntegerMaximum(x: usize, out: usize, reduced: i32, inner: i32, first: i32, last: i32): void {
  foldUnitsBy(INTEGER_MAXIMUM, x, out, reduced, inner, first, last);
}
export function foldIntegerMinimum(x: usize, out: usize, reduced: i32, inner: i32, first: i32, last: i32): void {
  foldUnitsBy(INTEGER_MINIMUM, x, out, reduced, inner, first, last);
}
export function foldIntegerProduct(x: usize, out: usize, reduced: i32, inner: i32, first: i32, last: i32): void {
  foldUnitsBy(INTEGER_PRODUCT, x, out, reduced, inner, first, last);
}
export function foldIntegerSum(x: usize, out: usize, reduced: i32, inner: i32, first: i32, last: i32): void {
  foldUnitsBy(INTEGER_SUM, x, out, reduced, inner, first, last);
}

/** Whether all, or any with `isAny`, of `count` bytes are not 0. */
// @ts-ignore: decorator
@inline
function foldFlagRow(isAny: bool, x: usize, count: i32): bool {
  for (; count >= 16; count -= 16) {
    const bytes = v128.load(x);
    if (isAny ? v128.any_true(bytes) : !i8x16.all_true(bytes)) return isAny;
    x += 16;
  }
  for (; count > 0; count--) {
    if ((load<u8>(x) != 0) == isAny) return isAny;
    x += 1;
  }
  return !isAny;
}

/** The same for the column at `x` of a matrix of `rows` rows, and with `isVector` the 15 behind it. */
// @ts-ignore: decorator
@inline
function foldFlagColumns(isAny: bool, isVector: bool, x: usize, out: usize, rows: i32, columns: i32): void {
  let result = i8x16.splat(isAny ? 0 : -1);
  for (let row = rows; row > 0; row--) {
    const flags = i8x16.ne(isVector ? v128.load(x) : v128.load8_splat(x), i8x16.splat(0));
    result = isAny ? v128.or(result, flags) : v128.and(result, flags);
    x += <usize>columns;
  }
  result = v128.and(result, i8x16.splat(1));
  if (isVector) v128.store(out, result);
  else v128.store8_lane(out, result, 0);
}

// @ts-ignore: decorator
@inline
function foldFlags(isAny: bool, x: usize, out: usize, reduced: i32, inner: i32, first: i32, last: i32): void {
  const block = <usize>reduced * <usize>inner;
  if (inner == 1) {
    for (let a = first; a < last; a++) store<u8>(out + <usize>a, <u8>foldFlagRow(isAny, x + <usize>a * block, reduced));
    return;
  }
  const blocks = (inner + COLUMNS - 1) / COLUMNS;
  for (let unit = first; unit < last; unit++) {
    const a = unit / blocks;
    let column = (unit - a * blocks) * COLUMNS;
    const end = min(column + COLUMNS, inner);
    const from = x + <usize>a * block, to = out + <usize>(a * inner);
    if (column + 16 <= end) {
      foldFlagColumns(isAny, true, from + <usize>column, to + <usize>column, reduced, inner);
    } else {
      for (; column < end; column++) foldFlagColumns(isAny, false, from + <usize>column, to + <usize>column, reduced, inner);
    }
  }
}

// Whether any, or all, of the bytes x[a, :, b] are not 0, likewise.
export function foldAny(x: usize, out: usize, reduced: i32, inner: i32, first: i32, last: i32): void {
  foldFlags(true, x, out, reduced, inner, first, last);
}
export function foldAll(x: usize, out: usize, reduced: i32, inner: i32, first: i32, last: i32): void {
  foldFlags(false, x, out, reduced, inner, first, last);
}

/** Rows added up before their sum joins the total: keeps the rounding error of a long sum small. */
const CHUNK = 512;

/** Columns of a unit of work: as many as are added up, or folded, at a time. */
export const COLUMNS = 16;

/** Units of work of `sum` and of what folds: rows where nothing stays behind the reduced axes, else blocks of columns. */
export function reductionUnits(outer: i32, inner: i32): i32 {
  return inner == 1 ? outer : outer * ((inner + COLUMNS - 1) / COLUMNS);
}

/**
 * out[a, b] = factor * the sum over r of x[a, r, b], for x [outer, reduced, inner]; of the units of work those from `first` to
 * before `last`.
 */
export function sum(
  x: usize, out: usize, outer: i32, reduced: i32, inner: i32, factor: f32, first: i32, last: i32,
): void {
  const row = <usize>reduced * <usize>inner << 2;
  if (inner == 1) {
    for (let a = first; a < last; a++) {
      store<f32>(out + (<usize>a << 2), factor * sumRow(x + <usize>a * row, reduced));
    }
    return;
  }
  const blocks = (inner + COLUMNS - 1) / COLUMNS;
  for (let unit = first; unit < last; ) {
    const a = unit / blocks;
    const firstBlock = unit - a * blocks;
    const lastBlock = min(blocks, firstBlock + last - unit);
    sumColumns(
      x + <usize>a * row, out + (<usize>(a * inner) << 2), reduced, inner, firstBlock * COLUMNS, min(lastBlock * COLUMNS, inner), factor,
    );
    unit += lastBlock - firstBlock;
  }
}

function sumRow(x: usize, count: i32): f32 {
  let total = f32x4.splat(0);
  for (; count >= 16; ) {
    const chunk = min(count >> 4, CHUNK);
    let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
    for (let i = 0; i < chunk; i++) {
      s0 = f32x4.add(s0, v128.load(x));
      s1 = f32x4.add(s1, v128.load(x, 16));
      s2 = f32x4.add(s2, v128.load(x, 32));
      s3 = f32x4.add(s3, v128.load(x, 48));
      x += 64;
    }
    total = f32x4.add(total, f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
    count -= chunk << 4;
  }
  let result = f32x4.extract_lane(total, 0) + f32x4.extract_lane(total, 1) +
    (f32x4.extract_lane(total, 2) + f32x4.extract_lane(total, 3));
  for (; count > 0; count--) {
    result += load<f32>(x);
    x += 4;
  }
  return result;
}

/** The sums of the columns from `column` to before `end` of a matrix [rows, columns]. */
function sumColumns(x: usize, out: usize, rows: i32, columns: i32, column: i32, end: i32, factor: f32): void {
  const stride = <usize>columns << 2;
  const scale = f32x4.splat(factor);
  for (; column + COLUMNS <= end; column += COLUMNS) {
    let t0 = f32x4.splat(0), t1 = t0, t2 = t0, t3 = t0;
    let from = x + (<usize>column << 2);
    for (let start = 0; start < rows; start += CHUNK) {
      let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
      for (let row = min(CHUNK, rows - start); row > 0; row--) {
        s0 = f32x4.add(s0, v128.load(from));
        s1 = f32x4.add(s1, v128.load(from, 16));
        s2 = f32x4.add(s2, v128.load(from, 32));
        s3 = f32x4.add(s3, v128.load(from, 48));
        from += stride;
      }
      t0 = f32x4.add(t0, s0);
      t1 = f32x4.add(t1, s1);
      t2 = f32x4.add(t2, s2);
      t3 = f32x4.add(t3, s3);
    }
    const to = out + (<usize>column << 2);
    v128.store(to, f32x4.mul(t0, scale));
    v128.store(to, f32x4.mul(t1, scale), 16);
    v128.store(to, f32x4.mul(t2, scale), 32);
    v128.store(to, f32x4.mul(t3, scale), 48);
  }
  for (; column + 4 <= end; column += 4) {
    let total = f32x4.splat(0);
    let from = x + (<usize>column << 2);
    for (let start = 0; start < rows; start += CHUNK) {
      let part = f32x4.splat(0);
      for (let row = min(CHUNK, rows - start); row > 0; row--) {
        part = f32x4.add(part, v128.load(from));
        from += stride;
      }
      total = f32x4.add(total, part);
    }
    v128.store(out + (<usize>column << 2), f32x4.mul(total, scale));
  }
  for (; column < end; column++) {
    let total: f32 = 0;
    let from = x + (<usize>column << 2);
    for (let start = 0; start < rows; start += CHUNK) {
      let part: f32 = 0;
      for (let row = min(CHUNK, rows - start); row > 0; row--) {
        part += load<f32>(from);
        from += stride;
      }
      total += part;
    }
    store<f32>(out + (<usize>column << 2), total * factor);
  }
}

/** Numbers of a unit of work of `addOthers`. */
const UNIT = 1024;

/**
 * Adds `others` arrays of `size` numbers, the first at `from` and the others `stride` bytes apart, to `total`; of its units those from
 * `first` to before `last`.
 */
export function addOthers(
  total: usize, from: usize, stride: usize, size: i32, others: i32, first: i32, last: i32,
): void {
  const end = min(last * UNIT, size);
  for (let i = first * UNIT; i < end; i += 4) {
    let at = from + (<usize>i << 2);
    const to = total + (<usize>i << 2);
    if (i + 4 <= end) {
      let sum = v128.load(to);
      for (let other = 0; other < others; other++) {
        sum = f32x4.add(sum, v128.load(at));
        at += stride;
      }
      v128.store(to, sum);
    } else {
      for (let lane: usize = 0; lane < <usize>(end - i) << 2; lane += 4) {
        let sum = load<f32>(to + lane);
        for (let other = 0; other < others; other++) {
          sum += load<f32>(at + lane + <usize>other * stride);
        }
        store<f32>(to + lane, sum);
      }
    }
  }
}

/** Units of work of `addOthers`. */
export function addOthersUnits(size: i32): i32 {
  return (size + UNIT - 1) / UNIT;
}

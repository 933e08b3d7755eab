/** Rows added up before their sum joins the total: keeps the rounding error of a long sum small. */
const CHUNK = 512;

/** out[a, b] = factor * the sum over r of x[a, r, b], for x [outer, reduced, inner]. */
export function sum(x: usize, out: usize, outer: i32, reduced: i32, inner: i32, factor: f32): void {
  for (let a = 0; a < outer; a++) {
    if (inner == 1) {
      store<f32>(out, factor * sumRow(x, reduced));
    } else {
      sumColumns(x, out, reduced, inner, factor);
    }
    x += <usize>reduced * <usize>inner << 2;
    out += <usize>inner << 2;
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

function sumColumns(x: usize, out: usize, rows: i32, columns: i32, factor: f32): void {
  const stride = <usize>columns << 2;
  const scale = f32x4.splat(factor);
  let column = 0;
  for (; column + 16 <= columns; column += 16) {
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
  for (; column + 4 <= columns; column += 4) {
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
  for (; column < columns; column++) {
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

/** out[ids[i], :] += x[i, :] for `rows` rows of `width` floats; ids outside [0, segments) are left out. */
export function segmentSum(x: usize, ids: usize, out: usize, rows: i32, width: i32, segments: i32): void {
  const rowBytes = <usize>width << 2;
  memory.fill(out, 0, <usize>segments * rowBytes);
  for (let row = 0; row < rows; row++) {
    const id = load<i32>(ids + (<usize>row << 2));
    if (<u32>id < <u32>segments) {
      let to = out + <usize>id * rowBytes;
      let i = 0;
      for (; i + 4 <= width; i += 4) {
        v128.store(to, f32x4.add(v128.load(to), v128.load(x)));
        to += 16;
        x += 16;
      }
      for (; i < width; i++) {
        store<f32>(to, load<f32>(to) + load<f32>(x));
        to += 4;
        x += 4;
      }
    } else {
      x += rowBytes;
    }
  }
}

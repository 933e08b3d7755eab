/** Copies one run of bytes; for short runs a call of the engine's memory.copy costs more than the copy. */
// @ts-ignore: decorator
@inline
function copyRun(from: usize, to: usize, bytes: usize): void {
  if (bytes > 256) {
    memory.copy(to, from, bytes);
    return;
  }
  for (; bytes >= 16; bytes -= 16) {
    v128.store(to, v128.load(from));
    from += 16;
    to += 16;
  }
  for (; bytes >= 4; bytes -= 4) {
    store<u32>(to, load<u32>(from));
    from += 4;
    to += 4;
  }
  for (; bytes > 0; bytes--) {
    store<u8>(to, load<u8>(from));
    from += 1;
    to += 1;
  }
}

/** Copies `count` runs of `bytes` bytes between places `fromStride` and `toStride` bytes apart. */
export function copyRuns(from: usize, fromStride: usize, to: usize, toStride: usize, bytes: usize, count: i32): void {
  for (let i = 0; i < count; i++) {
    copyRun(from, to, bytes);
    from += fromStride;
    to += toStride;
  }
}

/** Writes each of `count` runs of `bytes` bytes `times` times in a row. */
export function repeatRuns(from: usize, to: usize, bytes: usize, count: i32, times: i32): void {
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < times; j++) {
      copyRun(from, to, bytes);
      to += bytes;
    }
    from += bytes;
  }
}

/** to[o, i, :] = from[o, ids[i], :] for runs of `bytes` bytes, `rows` of them in each of `outer` blocks of `from`. */
export function gatherRuns(from: usize, ids: usize, to: usize, outer: i32, rows: i32, count: i32, bytes: usize): void {
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < count; i++) {
      copyRun(from + <usize>load<i32>(ids + (<usize>i << 2)) * bytes, to, bytes);
      to += bytes;
    }
    from += <usize>rows * bytes;
  }
}

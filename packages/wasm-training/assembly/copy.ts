/** Copies one run of bytes; for short runs a call of the engine's memory.copy costs more than the copy. */
// @ts-ignore: decorator
@inline
export function copyRun(from: usize, to: usize, bytes: usize): void {
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

/** Copies the runs from `first` to before `last`, of `bytes` bytes, between places `fromStride` and `toStride` bytes apart. */
export function copyRuns(
  from: usize, fromStride: usize, to: usize, toStride: usize, bytes: usize, first: i32, last: i32,
): void {
  from += <usize>first * fromStride;
  to += <usize>first * toStride;
  for (let i = first; i < last; i++) {
    copyRun(from, to, bytes);
    from += fromStride;
    to += toStride;
  }
}

/** Writes each of the runs from `first` to before `last`, of `bytes` bytes, `times` times in a row. */
export function repeatRuns(from: usize, to: usize, bytes: usize, times: i32, first: i32, last: i32): void {
  from += <usize>first * bytes;
  to += <usize>first * <usize>times * bytes;
  for (let i = first; i < last; i++) {
    for (let j = 0; j < times; j++) {
      copyRun(from, to, bytes);
      to += bytes;
    }
    from += bytes;
  }
}

/**
 * to[o, i, :] = from[o, ids[i], :] for runs of `bytes` bytes, `rows` of them in each block of `from`; of all (o, i) those from
 * `first` to before `last`. An id outside [0, rows) sets the number at `fault` to 1, and its run has all bytes `absent`.
 */
export function gatherRuns(
  from: usize, ids: usize, to: usize, rows: i32, count: i32, bytes: usize, absent: i32, fault: usize, first: i32, last: i32,
): void {
  let block = first / count;
  let i = first - block * count;
  let source = from + <usize>block * <usize>rows * bytes;
  to += <usize>first * bytes;
  for (let run = first; run < last; run++) {
    const id = load<i32>(ids + (<usize>i << 2));
    if (<u32>id < <u32>rows) {
      copyRun(source + <usize>id * bytes, to, bytes);
    } else {
      memory.fill(to, <u8>absent, bytes);
      store<i32>(fault, 1);
    }
    to += bytes;
    if (++i == count) {
      i = 0;
      source += <usize>rows * bytes;
    }
  }
}

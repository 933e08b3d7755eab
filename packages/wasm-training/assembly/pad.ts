import { copyRun } from './copy';
import { fillRun } from './fill';

/** Whether `row`, of those that the sizes of the axes from `axis` back to the first count, lies in the input; its number there, or -1. */
// @ts-ignore: decorator
@inline
function inputRow(row: i32, axes: usize, rank: i32): i32 {
  let place = 0, step = 1;
  for (let axis = rank - 2; axis >= 0; axis--) {
    const entry = axes + <usize>axis * 12;
    const size = load<i32>(entry), before = load<i32>(entry, 4), inner = load<i32>(entry, 8);
    const rest = row / size;
    const i = row - rest * size - before;
    if (<u32>i >= <u32>inner) return -1;
    place += i * step;
    step *= inner;
    row = rest;
  }
  return place;
}

/**
 * Copies a tensor into the middle of a larger one and fills what is around it with `pattern`, four bytes over and over. `axes` holds for
 * each of the `rank` axes the output's size, where the input begins in it, and the input's size; those of the last in bytes. A unit of
 * work is a row of the output; this does those from `first` to before `last`.
 */
export function pad(from: usize, to: usize, axes: usize, rank: i32, pattern: i32, first: i32, last: i32): void {
  const entry = axes + <usize>(rank - 1) * 12;
  const size = <usize>load<i32>(entry), before = <usize>load<i32>(entry, 4), inner = <usize>load<i32>(entry, 8);
  to += <usize>first * size;
  for (let row = first; row < last; row++) {
    const place = inputRow(row, axes, rank);
    if (place < 0) {
      fillRun(to, pattern, size);
    } else {
      fillRun(to, pattern, before);
      copyRun(from + <usize>place * inner, to + before, inner);
      fillRun(to + before + inner, pattern, size - before - inner);
    }
    to += size;
  }
}

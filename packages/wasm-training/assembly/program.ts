import { dispatch } from './dispatch';

// A program as src/program/call-table.ts writes it. A call: which function, its units of work, the address of its scratch memory and the
// bytes of that for each thread, then its arguments. An item: the address of a list of calls, how many they are, and the units, or -1 for
// all of them. A stage: the address of its items, and how many they are.
const CALL_BYTES: usize = 16, ITEM_BYTES: usize = 16, STAGE_BYTES: usize = 8;

/** A stage's state: items that were taken, and items that are done, in a cache line of its own. */
const STATE_BYTES: usize = 64;

/** How often to look whether others are done before sleeping a moment. */
const SPINS = 20_000;
const MOMENT: i64 = 50_000;

function runItem(item: usize, thread: usize): void {
  let list = load<usize>(item);
  const first = load<i32>(item, 8), last = load<i32>(item, 12);
  for (let left = load<i32>(item, 4); left > 0; left--) {
    const call = load<usize>(list);
    const scratch = load<usize>(call, 8) + thread * load<usize>(call, 12);
    if (first < 0) dispatch(load<i32>(call), call + CALL_BYTES, 0, load<i32>(call, 4), scratch);
    else dispatch(load<i32>(call), call + CALL_BYTES, first, last, scratch);
    list += 4;
  }
}

/**
 * Runs the stages from `from` to before `to` of a program whose stages begin at `stages` and their states, all zero, at `states`, with
 * as many threads as call this, each with a number of its own, `thread`. Where the caller may not sleep, `maySleep` is false.
 */
export function runStages(
  stages: usize, states: usize, from: i32, to: i32, maySleep: bool, thread: i32, last: i32, scratch: usize,
): void {
  for (let i = from; i < to; i++) {
    const stage = stages + <usize>i * STAGE_BYTES;
    const items = load<usize>(stage), count = load<i32>(stage, 4);
    if (ASC_FEATURE_THREADS) {
      const state = states + <usize>i * STATE_BYTES;
      for (let item = atomic.add<i32>(state, 1); item < count; item = atomic.add<i32>(state, 1)) {
        runItem(items + <usize>item * ITEM_BYTES, <usize>thread);
        atomic.add<i32>(state, 1, 4);
      }
      let spins = SPINS;
      for (let done = atomic.load<i32>(state, 4); done < count; done = atomic.load<i32>(state, 4)) {
        if (--spins < 0 && maySleep) atomic.wait<i32>(state + 4, done, MOMENT);
      }
    } else {
      for (let item = 0; item < count; item++) runItem(items + <usize>item * ITEM_BYTES, <usize>thread);
    }
  }
}

/** Places in the Int32Array that a pool's threads share. */
export const STATE = {
  /** Odd while a job is open; goes up by one when a job is opened and when it is closed. */
  job: 0,
  /** Threads that are in the open job. */
  active: 1,
  /** Threads that sleep until `job` changes. */
  sleeping: 2,
  /** The open job: its next unit of work, how many there are, how many are taken at a time. */
  next: 3,
  units: 4,
  grain: 5,
  /** Threads that have joined, and how many may: each has a number, and a place in the scratch memory. */
  joined: 6,
  limit: 7,
  /** The kernel's place among the module's exports, and its number of arguments. */
  kernel: 8,
  arguments: 9,
  /** 1 once a kernel has failed on another thread. */
  failed: 10,
} as const;

/** Where the kernel's arguments begin, in bytes; behind them are the address and the size, for each thread, of scratch memory. */
export const ARGUMENTS_AT = 64;

/** The most arguments a kernel may have, scratch included. */
export const MAX_ARGUMENTS = 40;

/** How long a thread without work looks for more before it sleeps: about as long as waking it takes. */
const SPIN_MS = 0.1;

/**
 * The program of a thread other than the first, plain JavaScript because neither a bundler nor a loader sees it: waits for a job,
 * takes units of it until none is left, waits again. Gets { module, memory, control } from `workerData` in Node, as a message in a
 * browser; says 'ready' or why not.
 */
export const THREAD_SOURCE = `
'use strict';
const node = globalThis.process?.getBuiltinModule?.('node:worker_threads');
const answer = (text) => (node ? node.parentPort : globalThis).postMessage(text);
const begin = ({ module, memory, control }) => {
  let kernels;
  try {
    kernels = Object.values(new WebAssembly.Instance(module, { env: { memory } }).exports);
  } catch (error) {
    answer(String(error));
    return;
  }
  const state = new Int32Array(control, 0, ${ARGUMENTS_AT / 4});
  const numbers = new Float64Array(control, ${ARGUMENTS_AT});
  const pause = Atomics.pause ?? (() => {});
  const waitUntilNot = (seen) => {
    const deadline = performance.now() + ${SPIN_MS};
    do {
      for (let i = 0; i < 50; i++) {
        if (Atomics.load(state, ${STATE.job}) !== seen) return;
        pause();
      }
    } while (performance.now() < deadline);
    Atomics.add(state, ${STATE.sleeping}, 1);
    Atomics.wait(state, ${STATE.job}, seen);
    Atomics.sub(state, ${STATE.sleeping}, 1);
  };
  const work = () => {
    const thread = Atomics.add(state, ${STATE.joined}, 1);
    if (thread >= state[${STATE.limit}]) return;
    const kernel = kernels[state[${STATE.kernel}]];
    const count = state[${STATE.arguments}];
    const args = Array.from(numbers.subarray(0, count));
    const scratch = numbers[count] + thread * numbers[count + 1];
    const units = state[${STATE.units}], grain = state[${STATE.grain}];
    try {
      for (let first; (first = Atomics.add(state, ${STATE.next}, grain)) < units; ) {
        kernel(...args, first, Math.min(first + grain, units), scratch);
      }
    } catch {
      Atomics.store(state, ${STATE.failed}, 1);
    }
  };
  answer('ready');
  for (let seen = 0; ; ) {
    waitUntilNot(seen);
    seen = Atomics.load(state, ${STATE.job});
    if ((seen & 1) === 0) continue;
    Atomics.add(state, ${STATE.active}, 1);
    // Closed meanwhile, or open again with other arguments? The next turn sees.
    if (Atomics.load(state, ${STATE.job}) === seen) work();
    if (Atomics.sub(state, ${STATE.active}, 1) === 1) Atomics.notify(state, ${STATE.active});
  }
};
if (node) begin(node.workerData);
else globalThis.onmessage = ({ data }) => begin(data);
`;

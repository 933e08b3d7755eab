import { ARGUMENTS_AT, MAX_ARGUMENTS, STATE, THREAD_SOURCE } from './thread-source.js';

/** What a thread is started with. */
interface ThreadData {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly control: SharedArrayBuffer;
}

/** Kernels to run: a module of which each thread makes an instance on the same memory, and this thread's instance. */
export interface PoolKernels {
  readonly module: WebAssembly.Module;
  readonly instance: WebAssembly.Instance;
  readonly memory: WebAssembly.Memory;
}

/** A kernel call of which the threads share the units: each calls it with `arguments`, first, last and an address of scratch. */
export interface Job {
  /** The kernel's place among the module's exports. */
  readonly kernel: number;
  readonly args: readonly number[];
  readonly units: number;
  /** Units taken at a time, and the most threads that take them. */
  readonly grain: number;
  readonly limit: number;
  /** Address of the first thread's scratch memory, and bytes of each thread's. */
  readonly scratch: number;
  readonly scratchBytes: number;
}

type Kernel = (...numbers: number[]) => void;

/**
 * Threads that run kernels on one memory, together with the thread that calls `run`. They spin for a tenth of a millisecond after a
 * job and sleep then; they do not keep the process alive.
 */
export class ThreadPool {
  private readonly state: Int32Array<SharedArrayBuffer>;
  private readonly numbers: Float64Array<SharedArrayBuffer>;
  private readonly stopThreads: (() => void)[] = [];

  private constructor(
    /** How many threads there are, the caller's included. */
    readonly threads: number,
    private readonly kernels: readonly Kernel[],
    control: SharedArrayBuffer,
  ) {
    this.state = new Int32Array(control, 0, ARGUMENTS_AT / 4);
    this.numbers = new Float64Array(control, ARGUMENTS_AT);
  }

  /** Starts `threads` - 1 threads. Throws an `Error` where they do not start. */
  static async start(threads: number, { module, instance, memory }: PoolKernels): Promise<ThreadPool> {
    const control = new SharedArrayBuffer(ARGUMENTS_AT + 8 * MAX_ARGUMENTS);
    const pool = new ThreadPool(threads, Object.values(instance.exports) as Kernel[], control);
    const start = isNode() ? startNodeThread : startBrowserThread;
    try {
      await Promise.all(
        Array.from({ length: threads - 1 }, async () => {
          await start({ module, memory, control }, (stop) => pool.stopThreads.push(stop));
        }),
      );
    } catch (error) {
      pool.stop();
      throw error;
    }
    return pool;
  }

  /** Runs `job` to its end on this thread and as many others as come in time. */
  run({ kernel, args, units, grain, limit, scratch, scratchBytes }: Job): void {
    const { state, numbers } = this;
    numbers.set(args);
    numbers[args.length] = scratch;
    numbers[args.length + 1] = scratchBytes;
    state[STATE.kernel] = kernel;
    state[STATE.arguments] = args.length;
    state[STATE.units] = units;
    state[STATE.grain] = grain;
    state[STATE.limit] = limit;
    state[STATE.joined] = 1;
    state[STATE.failed] = 0;
    Atomics.store(state, STATE.next, 0);
    Atomics.add(state, STATE.job, 1);
    if (Atomics.load(state, STATE.sleeping) > 0) Atomics.notify(state, STATE.job, limit - 1);
    try {
      const run = this.kernels[kernel]!;
      let first = Atomics.add(state, STATE.next, grain);
      while (first < units) {
        run(...args, first, Math.min(first + grain, units), scratch);
        first = Atomics.add(state, STATE.next, grain);
      }
    } finally {
      // Who comes from here on finds the job closed.
      Atomics.add(state, STATE.job, 1);
      this.waitForOthers();
    }
    if (Atomics.load(state, STATE.failed) === 1) throw new Error('wasm-training: a kernel failed on a thread.');
  }

  /** Ends the threads. */
  stop(): void {
    for (const stop of this.stopThreads.splice(0)) stop();
  }

  private waitForOthers(): void {
    const deadline = performance.now() + SPIN_MS;
    let active = Atomics.load(this.state, STATE.active);
    while (active > 0) {
      // The main thread of a browser may not sleep.
      if (MAY_SLEEP && performance.now() > deadline) Atomics.wait(this.state, STATE.active, active);
      active = Atomics.load(this.state, STATE.active);
    }
  }
}

/** How long to look whether the other threads are done before sleeping until they are. */
const SPIN_MS = 0.05;

const MAY_SLEEP = isNode() || typeof globalThis.window === 'undefined';

/** Starts a thread and hands `register` what ends it; resolves once it is ready. */
type StartThread = (data: ThreadData, register: (stop: () => void) => void) => Promise<void>;

const startNodeThread: StartThread = async (data, register) => {
  const { Worker } = process.getBuiltinModule('node:worker_threads');
  // Without the loaders and settings of this thread.
  const worker = new Worker(THREAD_SOURCE, { eval: true, workerData: data, execArgv: [], env: {} });
  register(() => void worker.terminate());
  const answer = await new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  if (answer !== 'ready') throw new Error(String(answer));
  worker.unref();
};

const startBrowserThread: StartThread = async (data, register) => {
  const url = URL.createObjectURL(new Blob([THREAD_SOURCE], { type: 'text/javascript' }));
  try {
    const worker = new Worker(url);
    register(() => worker.terminate());
    const answer = await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message || 'A worker does not start.'));
      worker.postMessage(data);
    });
    if (answer !== 'ready') throw new Error(String(answer));
  } finally {
    URL.revokeObjectURL(url);
  }
};

/** Whether this is Node rather than a browser. */
export function isNode(): boolean {
  return typeof process !== 'undefined' && typeof process.versions?.node === 'string';
}

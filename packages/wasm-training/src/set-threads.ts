import { show } from '@nfnets/options';
import { type BackendWasm, setThreadsCount } from '@tensorflow/tfjs-backend-wasm';
import { engine, findBackend, getBackend, registerBackend, removeBackend, setBackend } from '@tensorflow/tfjs-core';
import { isShared, kernelModule } from './backend/kernel-module.js';
import { startSharedBackend } from './backend/shared-backend.js';
import { startSharedPage } from './backend/start-shared-page.js';
import { isNode, ThreadPool } from './threads/thread-pool.js';

/** On how many threads the kernels run and, where that is fewer than asked for, why. */
export interface ThreadsChoice {
  readonly threads: number;
  readonly reason?: string;
}

/**
 * As many threads as can run at a time here.
 *
 * @example
 * ```ts
 * import { availableThreads, setThreads } from '@nfnets/wasm-training';
 *
 * await setThreads(Math.max(1, availableThreads() - 1)); // leaves one to the rest of the program
 * ```
 */
export function availableThreads(): number {
  return isNode() ? process.getBuiltinModule('node:os').availableParallelism() : (navigator.hardwareConcurrency ?? 1);
}

/** One change at a time. */
let lastChange: Promise<unknown> = Promise.resolve();

/**
 * Lets the kernels of the wasm backend run on `threads` threads, the caller's included, and resolves to how many it came to; results
 * have the same bits for any number. More than one want memory that threads can share. In Node that means another build of the
 * backend, so it only works before the backend's first tensor; in a browser, a cross-origin isolated page.
 *
 * @param threads How many. Default {@link availableThreads}.
 * @throws RangeError unless `threads` is a whole number of at least 1, TypeError where it is no number.
 * @example
 * ```ts
 * import { setThreads } from '@nfnets/wasm-training';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const { threads, reason } = await setThreads(4);
 * await tf.setBackend('wasm');
 * console.log(threads, reason ?? '');
 * ```
 */
export async function setThreads(threads: number = availableThreads()): Promise<ThreadsChoice> {
  if (!Number.isSafeInteger(threads) || threads < 1) {
    const message = `setThreads: \`threads\` must be a whole number of at least 1, got ${show(threads)}.`;
    throw typeof threads === 'number' ? new RangeError(message) : new TypeError(message);
  }
  const change = lastChange.then(() => changeThreads(threads));
  lastChange = change.catch(() => {});
  return change;
}

async function changeThreads(threads: number): Promise<ThreadsChoice> {
  const refusal = threads === 1 ? undefined : await (isNode() ? shareMemory() : sharePageMemory());
  const backend = startedBackend();
  if (backend === undefined || !isShared(backend)) return refusal ? { threads: 1, reason: refusal } : { threads: 1 };
  const kernels = kernelModule(backend);
  if (kernels.pool?.threads === threads) return { threads };
  kernels.pool?.stop();
  kernels.pool = undefined;
  if (threads === 1) return { threads };
  try {
    kernels.pool = await ThreadPool.start(threads, kernels);
    return { threads };
  } catch (error) {
    return { threads: 1, reason: `threads do not start here (${firstLine(error)})` };
  }
}

function startedBackend(): BackendWasm | undefined {
  return engine().registry['wasm'] as BackendWasm | undefined;
}

/** tfjs's own priority of this backend. */
const PRIORITY = 2;

/** Replaces the wasm backend by one whose memory can be shared, unless it is one; answers why not where that cannot be. */
async function shareMemory(): Promise<string | undefined> {
  const before = startedBackend();
  if (before !== undefined && isShared(before)) return undefined;
  let shared: BackendWasm;
  try {
    shared = await startSharedBackend();
  } catch (error) {
    return `tfjs's build for threads does not start here (${firstLine(error)})`;
  }
  if (startedBackend()?.numDataIds()) {
    return 'the wasm backend already holds tensors, in memory that threads cannot share; choose threads before the first';
  }
  const isCurrent = getBackend() === 'wasm';
  removeBackend('wasm');
  registerBackend('wasm', () => shared, PRIORITY);
  if (isCurrent) await setBackend('wasm');
  else findBackend('wasm');
  return undefined;
}

/** The same in a browser, where tfjs itself takes its build for threads if the page allows that. */
async function sharePageMemory(): Promise<string | undefined> {
  if (!globalThis.crossOriginIsolated)
    return 'this page is not cross-origin isolated, which sharing memory between threads needs';
  let refusal: string | undefined;
  if (startedBackend() === undefined) {
    // Threads of XNNPACK would spin beside ours.
    setThreadsCount(1);
    const before = getBackend();
    refusal = await startSharedPage();
    if (before && before !== 'wasm') await setBackend(before);
  }
  const backend = startedBackend();
  if (backend === undefined) return refusal ?? 'the wasm backend does not start';
  return isShared(backend) ? undefined : (refusal ?? 'the wasm backend runs without memory that threads can share');
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n')[0]!;
}

import { engine, env, registerBackend, removeBackend, setBackend } from '@tensorflow/tfjs-core';
import { IdleWorker } from './idle-worker.js';

/** Milliseconds that tfjs's build for threads may take, its download included, before the build for one thread is taken. */
const PATIENCE = 10_000;

/**
 * Starts tfjs's wasm backend, in a page or worker that may share memory, with its build for threads but none of its workers: they run the
 * text of a function, which a bundler that minifies breaks, and then the backend would never be ready.
 *
 * Where it is not ready in time, or fails, starts the build for one thread and answers why.
 */
export async function startSharedPage(): Promise<string | undefined> {
  // What tfjs asks for on the way, so that it makes its workers before anything else can run.
  await Promise.all([env().getAsync('WASM_HAS_SIMD_SUPPORT'), env().getAsync('WASM_HAS_MULTITHREAD_SUPPORT')]);
  const { factory, priority } = engine().registryFactory['wasm']!;
  const scope = globalThis as { Worker?: unknown };
  const { Worker } = scope;
  scope.Worker = IdleWorker;
  const start = setBackend('wasm').catch(() => false);
  await nextTask();
  scope.Worker = Worker;
  const timeout = wait(PATIENCE);
  const isStarted = await Promise.race([start, timeout.promise]);
  timeout.cancel();
  if (isStarted === true) return undefined;
  env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  removeBackend('wasm');
  registerBackend('wasm', factory, priority);
  await setBackend('wasm');
  return isStarted === undefined
    ? `tfjs's build for threads is not ready after ${PATIENCE / 1000} s`
    : "tfjs's build for threads does not start";
}

function nextTask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

function wait(milliseconds: number): { readonly promise: Promise<undefined>; readonly cancel: () => void } {
  let timer: ReturnType<typeof setTimeout>;
  const promise = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds);
  });
  return { promise, cancel: () => clearTimeout(timer) };
}

import { parentPort, workerData } from 'node:worker_threads';
import { type SampleMaker, sampleMaker } from './sample-maker.js';
import type { SampleOutcome, SampleSettings, SampleTask } from './sample-task.js';

/** Some tasks for a worker; undefined ends it. */
export interface WorkerRequest {
  readonly id: number;
  readonly tasks: readonly SampleTask[];
  /** Shared memory for the images. */
  readonly values: Float32Array;
  /** Not zero when nobody wants the result any more. */
  readonly cancelled: Int32Array;
}

export type WorkerReply = { readonly id: number } & (
  | { readonly outcomes: readonly SampleOutcome[] | undefined }
  | { readonly error: unknown }
);

const port = parentPort!;
const queue: WorkerRequest[] = [];
let isWorking = false;
let isEnding = false;
let making: Promise<SampleMaker> | undefined;

port.on('message', async (request: WorkerRequest | undefined) => {
  if (request) queue.push(request);
  else isEnding = true;
  if (isWorking) return;
  isWorking = true;
  for (let next = queue.shift(); next; next = queue.shift()) await answer(next);
  isWorking = false;
  // A port of Deno has no `close`.
  if (isEnding) port.close ? port.close() : process.exit();
});

async function answer({ id, tasks, values, cancelled }: WorkerRequest): Promise<void> {
  try {
    making ??= sampleMaker(workerData as SampleSettings);
    const make = await making;
    const outcomes = Atomics.load(cancelled, 0) === 0 ? await make(tasks, values) : undefined;
    port.postMessage({ id, outcomes } satisfies WorkerReply);
  } catch (error) {
    port.postMessage({ id, error } satisfies WorkerReply);
  }
}

import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { SampleTransform } from '@nfnets/augment';
import type { Sample } from '../dataset/image-source.js';
import type { WorkerReply, WorkerRequest } from './loader-worker.js';
import { type SampleMaker, sampleMaker } from './sample-maker.js';
import type { SampleOutcome, SampleSettings, SampleTask } from './sample-task.js';

/** Where samples are made. */
export interface SamplePool {
  /**
   * Makes the samples of some tasks. Tells what became of each; undefined if `cancelled` became other than zero before.
   *
   * @param values Shared memory for the images of all tasks: gets those that could be made, one after the other.
   */
  make(tasks: readonly SampleTask[], values: Float32Array, cancelled: Int32Array): Promise<Outcomes>;
  /** Ends the threads when they have made what they were asked for; they start again when they are needed. */
  close(): Promise<void>;
}

type Outcomes = readonly SampleOutcome[] | undefined;

/** Makes samples in this thread, in the order in which they are asked for. */
export function mainThreadPool(settings: SampleSettings, augment?: SampleTransform): SamplePool {
  let making: Promise<SampleMaker> | undefined;
  let last: Promise<unknown> = Promise.resolve();
  return {
    make(tasks, values, cancelled) {
      making ??= sampleMaker(settings, augment);
      const made = last.then(async () => (cancelled[0] === 0 ? (await making!)(tasks, values) : undefined));
      last = made.catch(() => {});
      return made;
    },
    async close() {
      await last;
    },
  };
}

/** Makes samples in threads, each request in the thread with the fewest to do. Idle threads do not keep the process alive. */
export function workerPool(settings: SampleSettings, count: number): SamplePool {
  let threads: Thread[] = [];
  return {
    make(tasks, values, cancelled) {
      threads = threads.filter((thread) => thread.isAlive);
      let thread = threads.toSorted((a, b) => a.waiting - b.waiting)[0];
      if (!thread || (thread.waiting > 0 && threads.length < count)) {
        thread = new Thread(settings);
        threads.push(thread);
      }
      return thread.make(tasks, values, cancelled);
    },
    async close() {
      const closing = threads;
      threads = [];
      await Promise.all(closing.map((thread) => thread.close()));
    },
  };
}

interface Waiting {
  readonly resolve: (outcomes: Outcomes) => void;
  readonly reject: (error: unknown) => void;
}

class Thread {
  isAlive = true;
  private readonly worker: Worker;
  private readonly ended: Promise<void>;
  private readonly requests = new Map<number, Waiting>();
  private nextId = 0;
  private failure: unknown;

  constructor(settings: SampleSettings) {
    this.worker = startWorker(settings);
    this.worker.on('message', (reply: WorkerReply) => this.settle(reply));
    this.worker.on('error', (error) => {
      this.failure = error;
    });
    this.ended = new Promise((resolve) => {
      this.worker.on('exit', (code) => {
        this.isAlive = false;
        const { failure } = this;
        const reason = failure instanceof Error ? `: ${failure.message}` : ` with code ${code}`;
        for (const { reject } of this.requests.values()) {
          reject(new Error(`imageLoader: a worker ended while it made images${reason}.`, { cause: failure }));
        }
        this.requests.clear();
        resolve();
      });
    });
    this.worker.unref();
  }

  get waiting(): number {
    return this.requests.size;
  }

  make(tasks: readonly SampleTask[], values: Float32Array, cancelled: Int32Array): Promise<Outcomes> {
    return new Promise((resolve, reject) => {
      if (this.requests.size === 0) this.worker.ref();
      const id = this.nextId++;
      this.requests.set(id, { resolve, reject });
      const [ownTasks, bytes] = withOwnBytes(tasks);
      this.worker.postMessage({ id, tasks: ownTasks, values, cancelled } satisfies WorkerRequest, [bytes]);
    });
  }

  close(): Promise<void> {
    this.isAlive = false;
    this.worker.ref();
    this.worker.postMessage(undefined);
    return this.ended;
  }

  private settle(reply: WorkerReply): void {
    const request = this.requests.get(reply.id)!;
    this.requests.delete(reply.id);
    if (this.requests.size === 0 && this.isAlive) this.worker.unref();
    if ('error' in reply) request.reject(reply.error);
    else request.resolve(reply.outcomes);
  }
}

/**
 * The tasks with copies of their bytes, all in one piece of memory, which can be handed over. As they are they may be parts
 * of a large array, of which a message would copy all.
 */
function withOwnBytes(tasks: readonly SampleTask[]): [tasks: SampleTask[], bytes: ArrayBuffer] {
  const bytesOf = (image: Sample['image']) => (image instanceof Uint8Array ? image : 'data' in image ? image.data : []);
  const lengths = tasks.flatMap(({ inputs }) => inputs.map(({ image }) => bytesOf(image).length));
  const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
  let end = 0;
  const own = (data: Uint8Array): Uint8Array => {
    bytes.set(data, end);
    end += data.length;
    return bytes.subarray(end - data.length, end);
  };
  const ownTask = ({ inputs, ...task }: SampleTask): SampleTask => ({
    ...task,
    inputs: inputs.map(({ image, name }) => {
      if (image instanceof Uint8Array) return { image: own(image), name };
      return { image: 'data' in image ? { ...image, data: own(image.data) } : image, name };
    }),
  });
  return [tasks.map(ownTask), bytes.buffer];
}

/** Starts a worker from the build; or, where this file itself is run as TypeScript, from the source, for tests and examples. */
function startWorker(settings: SampleSettings): Worker {
  if (!import.meta.url.endsWith('.ts')) {
    // A worker takes over its parent's options, but refuses this one, which says of what kind --eval is.
    const isEvaluated = process.execArgv.some((option) => option.startsWith('--input-type'));
    const options = { workerData: settings, ...(isEvaluated && { execArgv: [] }) };
    return new Worker(new URL('./loader-worker.js', import.meta.url), options);
  }
  // Workers do not inherit how their parent reads TypeScript.
  const tsx = new URL(
    'dist/esm/api/index.mjs',
    pathToFileURL(createRequire(import.meta.url).resolve('tsx/package.json')),
  ).href;
  const entry = new URL('./loader-worker.ts', import.meta.url).href;
  const source = `import { register } from '${tsx}'; register(); await import('${entry}');`;
  return new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), {
    workerData: settings,
    execArgv: ['--conditions=@nfnets/source'],
  });
}

import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { SampleTransform } from '@nfnets/augment';
import type { WorkerReply, WorkerRequest } from './loader-worker.js';
import { type SampleMaker, sampleMaker } from './sample-maker.js';
import type { MadeSamples, SampleSettings, SampleTask } from './sample-task.js';

/** Where samples are made. */
export interface SamplePool {
  /** The samples of some tasks; undefined if `cancelled` became other than zero before they were made. */
  make(tasks: readonly SampleTask[], cancelled: Int32Array): Promise<MadeSamples | undefined>;
  /** Ends the threads when they have made what they were asked for; they start again when they are needed. */
  close(): Promise<void>;
}

/** Makes samples in this thread, in the order in which they are asked for. */
export function mainThreadPool(settings: SampleSettings, augment?: SampleTransform): SamplePool {
  let making: Promise<SampleMaker> | undefined;
  let last: Promise<unknown> = Promise.resolve();
  return {
    make(tasks, cancelled) {
      making ??= sampleMaker(settings, augment);
      const made = last.then(async () => (cancelled[0] === 0 ? (await making!)(tasks) : undefined));
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
    make(tasks, cancelled) {
      threads = threads.filter((thread) => thread.isAlive);
      let thread = threads.toSorted((a, b) => a.waiting - b.waiting)[0];
      if (!thread || (thread.waiting > 0 && threads.length < count)) {
        thread = new Thread(settings);
        threads.push(thread);
      }
      return thread.make(tasks, cancelled);
    },
    async close() {
      const closing = threads;
      threads = [];
      await Promise.all(closing.map((thread) => thread.close()));
    },
  };
}

interface Waiting {
  readonly resolve: (made: MadeSamples | undefined) => void;
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

  make(tasks: readonly SampleTask[], cancelled: Int32Array): Promise<MadeSamples | undefined> {
    return new Promise((resolve, reject) => {
      if (this.requests.size === 0) this.worker.ref();
      const id = this.nextId++;
      this.requests.set(id, { resolve, reject });
      const bytes: ArrayBuffer[] = [];
      const request: WorkerRequest = { id, tasks: tasks.map((task) => withOwnBytes(task, bytes)), cancelled };
      this.worker.postMessage(request, bytes);
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
    else request.resolve(reply.made);
  }
}

/**
 * The task with copies of its bytes, whose memory can be handed over and is added to `bytes`. As they are they may be a part
 * of a large array, of which a message would copy all.
 */
function withOwnBytes({ inputs, ...task }: SampleTask, bytes: ArrayBuffer[]): SampleTask {
  const own = (data: Uint8Array): Uint8Array => {
    const copy = new Uint8Array(data);
    bytes.push(copy.buffer);
    return copy;
  };
  return {
    ...task,
    inputs: inputs.map(({ image, name }) => {
      if (image instanceof Uint8Array) return { image: own(image), name };
      return { image: 'data' in image ? { ...image, data: own(image.data) } : image, name };
    }),
  };
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

import { availableParallelism } from 'node:os';
import { assertInteger, show } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import type { Batch, BatchRequest, Dataset } from '../dataset/dataset.js';
import type { ImageSource, Sample } from '../dataset/image-source.js';
import type { ImageFailure } from '../image-files/image-failure.js';
import { type ImageLoaderOptions, loaderSettings } from './loader-settings.js';
import { type PlannedSample, planPass } from './plan-pass.js';
import { readSample } from './read-sample.js';
import { mainThreadPool, type SamplePool, workerPool } from './sample-pool.js';
import type { SampleSettings, SampleTask } from './sample-task.js';
import { SharedMemory } from './shared-memory.js';

/** An image that could not be read, decoded, cut to size or augmented. */
export interface SkippedImage {
  readonly index: number;
  readonly name: string;
  readonly reason: string;
}

/** A dataset whose images are made in threads. */
export interface ImageLoader extends Dataset {
  /** The images that were left out so far, each once, by index. */
  readonly skipped: readonly SkippedImage[];
  /** Ends the threads. They start again when the loader is used again; idle ones do not keep the process alive. */
  dispose(): Promise<void>;
}

/** Images that a thread makes at a time. */
const CHUNK = 16;

/**
 * Makes a dataset of a source: images decoded, augmented and normalized in threads, ahead of the training.
 *
 * Which samples are in a batch, and what becomes of each, are functions of the pass's `shuffleSeed` and of the place in the
 * pass alone: the same for any number of workers, and for a pass that begins with a later batch.
 *
 * @param source Where the images are: {@link imageFolder}, {@link tarShards}, {@link parquetImages}, or an `arrayDataset` of bytes.
 * @throws RangeError or TypeError at once for options that are not known, out of range or do not fit the source; during a
 * pass, Error for an image that is corrupt, or where all of a pass are, RangeError for a label out of range, and Error for a
 * worker that ended.
 * @example
 * ```ts
 * import { parseAugmentName } from '@nfnets/augment';
 * import { imageFolder, imageLoader } from '@nfnets/data/node';
 *
 * const data = imageLoader(imageFolder('imagenet/train'), {
 *   imageSize: 192,
 *   augment: [{ op: 'randomResizedCrop', size: 192 }, { op: 'horizontalFlip' }],
 *   ...parseAugmentName('cutmix_mixup_randaugment_405'),
 *   corrupt: 'skip',
 * });
 * ```
 */
export function imageLoader(source: ImageSource, options: ImageLoaderOptions): ImageLoader {
  const settings = loaderSettings(source, options);
  const { workers = availableParallelism(), prefetch = 2, corrupt = 'error' } = options;
  assertInteger('imageLoader', 'workers', workers, 0);
  assertInteger('imageLoader', 'prefetch', prefetch, 0);
  const { augment } = options;
  const isFunction = typeof augment === 'function';
  if (isFunction && options.workers !== undefined && workers > 0) {
    throw new TypeError(
      `imageLoader: \`augment\` must be a module when there are \`workers\`, for a function cannot be sent to a thread, got ${show(augment)}. Pass { module: new URL('./my-augment.js', import.meta.url) }, or workers: 0.`,
    );
  }
  const pool =
    isFunction || workers === 0
      ? mainThreadPool(settings, isFunction ? augment : undefined)
      : workerPool(settings, workers);
  return new SourceLoader(source, settings, pool, prefetch, corrupt);
}

/** Images of the samples that could be made, one after the other, and their labels. */
interface MadeChunk {
  readonly images: Float32Array;
  readonly labels: readonly Label[];
}

/** Classes with their shares. */
type Label = readonly (readonly [label: number, share: number])[];

class SourceLoader implements ImageLoader {
  private readonly corruptImages = new Map<number, SkippedImage>();
  /** Where images are made, in threads or not, until they are copied to a tensor. */
  private readonly memory = new SharedMemory();

  constructor(
    private readonly source: ImageSource,
    private readonly settings: SampleSettings,
    private readonly pool: SamplePool,
    private readonly prefetch: number,
    private readonly corrupt: 'error' | 'skip',
  ) {}

  get length(): number {
    return this.source.length;
  }

  get imageShape(): readonly number[] {
    return [...this.settings.imageSize, this.settings.channels];
  }

  get numClasses(): number {
    return this.source.numClasses;
  }

  /** Not where corrupt images are skipped: a part that has no other would have a batch less. */
  get hasParts(): boolean {
    return this.corrupt === 'error';
  }

  get skipped(): readonly SkippedImage[] {
    return [...this.corruptImages.values()].sort((a, b) => a.index - b.index);
  }

  async *batches(request: BatchRequest): AsyncGenerator<Batch> {
    const isMixed = this.settings.mix !== undefined && request.shuffleSeed !== undefined;
    const plan = planPass(this.length, request, this.settings.mix?.kinds);
    const cancelled = new Int32Array(new SharedArrayBuffer(4));
    const ahead: Promise<MadeChunk[]>[] = [];
    const { firstBatch = 0 } = request;
    let next = firstBatch;
    let isEmpty = true;
    const places = Math.max(0, Math.min(this.prefetch + 1, plan.batchCount - next));
    const largest = Math.ceil(Math.min(request.batchSize, this.length) / (request.part?.count ?? 1));
    const memory = this.memory.take(places, largest * this.imageLength);
    const fill = () => {
      for (; ahead.length <= this.prefetch && next < plan.batchCount; next++) {
        const made = this.makeBatch(plan.batch(next), memory[next % places]!, cancelled);
        // Whether it failed is asked when its turn comes, which may be never.
        made.catch(() => {});
        ahead.push(made);
      }
    };
    try {
      for (fill(); ahead.length > 0; ) {
        const made = await ahead.shift()!;
        const isLeft = made.some(({ labels }) => labels.length > 0);
        const batch = isLeft ? this.toTensors(made, isMixed) : undefined;
        fill();
        if (!batch) continue;
        isEmpty = false;
        yield batch;
      }
      if (isEmpty && firstBatch === 0 && plan.batchCount > 0)
        throw this.allCorrupt(Math.min(plan.batchCount * request.batchSize, this.length));
    } finally {
      Atomics.store(cancelled, 0, 1);
      void Promise.allSettled(ahead).then(() => this.memory.giveBack(memory));
    }
  }

  async dispose(): Promise<void> {
    await this.pool.close();
    this.memory.clear();
  }

  private get imageLength(): number {
    const [height, width] = this.settings.imageSize;
    return height * width * this.settings.channels;
  }

  private async makeBatch(
    planned: readonly PlannedSample[],
    memory: Float32Array,
    cancelled: Int32Array,
  ): Promise<MadeChunk[]> {
    const chunks: Promise<MadeChunk>[] = [];
    for (let start = 0; start < planned.length; start += CHUNK) {
      const values = memory.subarray(start * this.imageLength, (start + CHUNK) * this.imageLength);
      chunks.push(this.makeChunk(planned.slice(start, start + CHUNK), values, cancelled));
    }
    // The memory must not be used for another batch before all of them have ended.
    await Promise.allSettled(chunks);
    return Promise.all(chunks);
  }

  private async makeChunk(
    planned: readonly PlannedSample[],
    values: Float32Array,
    cancelled: Int32Array,
  ): Promise<MadeChunk> {
    const whole: { indices: readonly number[]; samples: readonly Sample[]; task: SampleTask }[] = [];
    const read = await Promise.all(
      planned.map(({ indices }) => Promise.all(indices.map((index) => readSample(this.source, index)))),
    );
    for (const [i, { indices, ...task }] of planned.entries()) {
      const samples = read[i]!.filter((sample) => 'image' in sample);
      for (const [input, sample] of read[i]!.entries()) {
        if ('error' in sample) this.noteCorrupt(indices[input]!, sample.name, sample.error.failure, sample.error.cause);
      }
      if (samples.length < indices.length) continue;
      whole.push({ indices, samples, task: { ...task, inputs: samples.map(({ image, name }) => ({ image, name })) } });
    }
    const tasks = whole.map(({ task }) => task);
    const outcomes = tasks.length === 0 ? [] : ((await this.pool.make(tasks, values, cancelled)) ?? []);
    const labels: Label[] = [];
    for (const [i, outcome] of outcomes.entries()) {
      const { samples, indices } = whole[i]!;
      if ('failures' in outcome) {
        for (const { input, ...failure } of outcome.failures) {
          this.noteCorrupt(indices[input]!, samples[input]!.name, failure);
        }
      } else {
        labels.push(samples.map(({ label }, input) => [label, input === 0 ? outcome.ratio : 1 - outcome.ratio]));
      }
    }
    return { images: values.subarray(0, labels.length * this.imageLength), labels };
  }

  private noteCorrupt(index: number, name: string, { wanted, reason }: ImageFailure, cause?: unknown): void {
    this.corruptImages.set(index, { index, name, reason });
    if (this.corrupt === 'skip') return;
    const image = name === `image ${index}` ? name : `image ${index}, ${name},`;
    throw new Error(
      `imageLoader: ${image} must be ${wanted}: ${reason}. With corrupt: 'skip' such images are left out and counted.`,
      { cause },
    );
  }

  private allCorrupt(count: number): Error {
    const { name, reason } = this.skipped[0]!;
    return new Error(`imageLoader: all ${count} images of the pass are corrupt, among them ${name}: ${reason}.`);
  }

  private toTensors(chunks: readonly MadeChunk[], isMixed: boolean): Batch {
    const labels = chunks.flatMap((chunk) => chunk.labels);
    const images = new Float32Array(labels.length * this.imageLength);
    let at = 0;
    for (const chunk of chunks) {
      images.set(chunk.images, at);
      at += chunk.images.length;
    }
    return {
      images: tf.tensor(images, [labels.length, ...this.imageShape]),
      labels: isMixed
        ? tf.tensor2d(softLabels(labels, this.numClasses), [labels.length, this.numClasses])
        : tf.tensor1d(
            Int32Array.from(labels, ([first]) => first![0]),
            'int32',
          ),
    };
  }
}

function softLabels(labels: readonly Label[], numClasses: number): Float32Array {
  const shares = new Float32Array(labels.length * numClasses);
  for (const [row, label] of labels.entries()) for (const [k, share] of label) shares[row * numClasses + k]! += share;
  return shares;
}

import { availableParallelism } from 'node:os';
import { type AugmentSpec, mixPair, type SampleTransform, sampleTransform } from '@nfnets/augment';
import * as tf from '@tensorflow/tfjs-core';
import { assertInteger, show } from './check-option.js';
import type { Batch, BatchRequest, Dataset } from './dataset.js';
import type { ImageSource, Sample } from './image-source.js';
import { affine, type Normalization } from './normalization.js';
import { type PlannedSample, planPass } from './plan-pass.js';
import { mainThreadPool, type SamplePool, workerPool } from './sample-pool.js';
import { type AugmentModule, CROPS, type Crop, type MixSettings, type SampleSettings } from './sample-task.js';
import { SharedMemory } from './shared-memory.js';

export interface ImageLoaderOptions {
  /** Side in pixels of the images that the model gets, or `[height, width]`. */
  readonly imageSize: number | readonly [number, number];
  /** Channels that the model gets; pixels are not converted, files are. Default: those of the source's pixels, 3 for files. */
  readonly channels?: 1 | 3;
  /**
   * What is done to every image of a pass with a `shuffleSeed`, and makes images of `imageSize`: steps of `@nfnets/augment`,
   * or one's own `(image, random) => image`: a function, which runs in the main thread, or a module that exports one.
   */
  readonly augment?: AugmentSpec | SampleTransform | AugmentModule;
  /** Makes one image of two, and soft labels, in passes with a `shuffleSeed`. Each sample then comes twice in a pass. */
  readonly mix?: MixSettings;
  /**
   * What is done in passes with a `shuffleSeed` after `augment` and `mix`, where the paper has RandAugment. With `mix` it is
   * what `parseAugmentName` of `@nfnets/augment` gives.
   */
  readonly transforms?: AugmentSpec;
  /**
   * How images are prepared in passes without a `shuffleSeed`, or without `augment`: as in `preprocess` of
   * `@nfnets/inference`. Default: `'resize_crop_32'` for files, `'none'` for sources of pixels.
   */
  readonly crop?: Crop;
  /** Of values of 0..255. Default: the source's, or ImageNet's. */
  readonly normalization?: Normalization;
  /** Threads that decode and augment; 0: the main thread does. The images are the same. Default: one for each core. */
  readonly workers?: number;
  /** Batches made ahead of the one that is waited for. Default 2. */
  readonly prefetch?: number;
  /** What becomes of an image that cannot be read or decoded. Default `'error'`; `'skip'` makes its batch smaller. */
  readonly corrupt?: 'error' | 'skip';
}

/** An image that could not be read or decoded. */
export interface SkippedImage {
  readonly index: number;
  readonly name: string;
  readonly reason: string;
}

export interface ImageLoader extends Dataset {
  /** The images that were left out so far, each once, by index. */
  readonly skipped: readonly SkippedImage[];
  /** Ends the threads. They start again when the loader is used again; idle ones do not keep the process alive. */
  dispose(): Promise<void>;
}

/** ImageNet's mean and deviation, of values of 0..255. */
const IMAGENET: Normalization = { mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375] };
/** Images that a thread makes at a time. */
const CHUNK = 16;

/**
 * Makes a dataset of a source: images decoded, augmented and normalized in threads, ahead of the training.
 *
 * Which samples are in a batch, and what becomes of each, are functions of the pass's `shuffleSeed` and of the place in the
 * pass alone: the same for any number of workers, and for a pass that begins with a later batch.
 *
 * @throws RangeError or TypeError at once for options that are out of range or do not fit the source; during a pass, Error
 * for an image that is corrupt, and for a worker that ended
 */
export function imageLoader(source: ImageSource, options: ImageLoaderOptions): ImageLoader {
  const { workers = availableParallelism(), prefetch = 2, corrupt = 'error' } = options;
  const settings = settingsOf(source, options);
  assertInteger('imageLoader', 'workers', workers, 0);
  assertInteger('imageLoader', 'prefetch', prefetch, 0);
  if (corrupt !== 'error' && corrupt !== 'skip') {
    throw new RangeError(`imageLoader: \`corrupt\` must be 'error' or 'skip', got ${show(corrupt)}.`);
  }
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

  get skipped(): readonly SkippedImage[] {
    return [...this.corruptImages.values()].sort((a, b) => a.index - b.index);
  }

  async *batches(request: BatchRequest): AsyncGenerator<Batch> {
    const isMixed = this.settings.mix !== undefined && request.shuffleSeed !== undefined;
    const plan = planPass(this.length, request, this.settings.mix?.kinds);
    const cancelled = new Int32Array(new SharedArrayBuffer(4));
    const ahead: Promise<MadeChunk[]>[] = [];
    let next = request.firstBatch ?? 0;
    const places = Math.max(0, Math.min(this.prefetch + 1, plan.batchCount - next));
    const memory = this.memory.take(places, Math.min(request.batchSize, this.length) * this.imageLength);
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
        const batch = this.toTensors(await ahead.shift()!, isMixed);
        fill();
        yield batch;
      }
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
    const made = await Promise.all(chunks);
    if (made.every(({ labels }) => labels.length === 0)) {
      const { name, reason } = this.corruptImages.get(planned[0]!.indices[0]!) ?? this.skipped.at(-1)!;
      throw new Error(
        `imageLoader: all ${planned.length} images of a batch are corrupt, among them ${name}: ${reason}.`,
      );
    }
    return made;
  }

  private async makeChunk(
    planned: readonly PlannedSample[],
    values: Float32Array,
    cancelled: Int32Array,
  ): Promise<MadeChunk> {
    const samples = await Promise.all(
      planned.map(({ indices }) => Promise.all(indices.map((index) => this.read(index)))),
    );
    const tasks = planned.map(({ indices: _, ...rest }, i) => ({
      ...rest,
      inputs: samples[i]!.map(({ image, name }) => ({ image, name })),
    }));
    const outcomes = (await this.pool.make(tasks, values, cancelled)) ?? [];
    const labels: Label[] = [];
    for (const [i, outcome] of outcomes.entries()) {
      const inputs = samples[i]!;
      if ('reason' in outcome) {
        const { name } = inputs[outcome.corruptInput]!;
        this.noteCorrupt({ index: planned[i]!.indices[outcome.corruptInput]!, name, reason: outcome.reason });
      } else {
        labels.push(inputs.map(({ label }, input) => [label, input === 0 ? outcome.ratio : 1 - outcome.ratio]));
      }
    }
    return { images: values.subarray(0, labels.length * this.imageLength), labels };
  }

  private async read(index: number): Promise<Sample> {
    const sample = await this.source.read(index);
    const { label, name } = sample;
    if (Number.isInteger(label) && label >= 0 && label < this.numClasses) return sample;
    throw new RangeError(
      `imageLoader: \`source\` must give labels in [0, ${this.numClasses}), got ${show(label)} for ${name}.`,
    );
  }

  private noteCorrupt(image: SkippedImage): void {
    this.corruptImages.set(image.index, image);
    if (this.corrupt === 'skip') return;
    const { index, name, reason } = image;
    throw new Error(
      `imageLoader: image ${index}, ${name}, must be a whole image: ${reason}. With corrupt: 'skip' such images are left out and counted.`,
    );
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

function settingsOf(source: ImageSource, options: ImageLoaderOptions): SampleSettings {
  const sides = typeof options.imageSize === 'number' ? [options.imageSize, options.imageSize] : options.imageSize;
  if (!Array.isArray(sides) || sides.length !== 2) {
    throw new TypeError(
      `imageLoader: \`imageSize\` must be a side or [height, width], got ${show(options.imageSize)}.`,
    );
  }
  for (const side of sides) assertInteger('imageLoader', 'imageSize', side, 1);
  const channels = options.channels ?? source.channels ?? 3;
  if (channels !== 1 && channels !== 3) {
    throw new RangeError(`imageLoader: \`channels\` must be 1 or 3, got ${show(channels)}.`);
  }
  const crop = options.crop ?? (source.channels === undefined ? 'resize_crop_32' : 'none');
  if (!CROPS.includes(crop)) {
    throw new RangeError(`imageLoader: \`crop\` must be one of ${CROPS.join(', ')}, got ${show(crop)}.`);
  }
  const normalization = options.normalization ?? source.normalization ?? (channels === 3 ? IMAGENET : undefined);
  if (!normalization) {
    throw new TypeError(
      'imageLoader: `normalization` must be given for images of one channel, got undefined: { mean, std } of values of 0..255.',
    );
  }
  if (options.transforms) sampleTransform(options.transforms);
  if (options.mix) checkMix(options.mix, source.length);
  return {
    imageSize: [sides[0]!, sides[1]!],
    channels,
    crop,
    augment: augmentSettings(options.augment),
    mix: options.mix,
    transforms: options.transforms,
    affine: affine('imageLoader', normalization, channels),
  };
}

function augmentSettings(augment: ImageLoaderOptions['augment']): SampleSettings['augment'] {
  if (augment === undefined || typeof augment === 'function') return undefined;
  if ('module' in augment) return { module: String(augment.module), name: augment.export ?? 'default' };
  // Made here as well, so that a mistake in it is told at once.
  sampleTransform(augment);
  return augment;
}

function checkMix({ kinds, alpha }: MixSettings, length: number): void {
  if (!Array.isArray(kinds) || kinds.length === 0) {
    throw new TypeError(`imageLoader: \`mix.kinds\` must list 'mixup', 'cutmix' or both, got ${show(kinds)}.`);
  }
  if (length < 2) throw new RangeError(`imageLoader: \`mix\` needs at least 2 samples, got ${length}.`);
  const pixel = { data: new Uint8Array(1), height: 1, width: 1, channels: 1 };
  for (const kind of kinds) mixPair(pixel, pixel, kind, Math.random, alpha === undefined ? {} : { alpha });
}

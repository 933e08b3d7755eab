import {
  type FirstCrop,
  type FloatImage,
  firstCrop,
  mixPair,
  type Random,
  type SampleTransform,
  sampleTransform,
  toBytes,
} from '@nfnets/augment';
import { show } from '@nfnets/options';
import type { Image } from '../dataset/image-source.js';
import { seededRandom } from '../dataset/seeded-random.js';
import { blaming, ImageError } from '../image-files/image-failure.js';
import { type OpenedImage, openImage } from '../image-files/open-image.js';
import { evaluationImage } from './evaluation-image.js';
import type { SampleOutcome, SampleSettings, SampleTask } from './sample-task.js';

/**
 * Makes images of tasks, in a worker or in the main thread: what it makes of a task depends on that task alone. Writes the
 * images that could be made into `values`, one after the other, and tells what became of each task.
 */
export type SampleMaker = (tasks: readonly SampleTask[], values: Float32Array) => Promise<SampleOutcome[]>;

/** How many tasks are opened at once: one while the one before it is augmented. */
const OPENED_AHEAD = 2;

/**
 * The maker for some settings.
 *
 * @param augment A transform in place of the one that `settings` describe.
 */
export async function sampleMaker(settings: SampleSettings, augment?: SampleTransform): Promise<SampleMaker> {
  const transform = augment ?? (await transformOf(settings.augment));
  const crop = augment ? undefined : firstCropOf(settings.augment);
  const transforms = settings.transforms && sampleTransform(settings.transforms);
  const mixing = settings.mix?.alpha === undefined ? {} : { alpha: settings.mix.alpha };
  const [height, width] = settings.imageSize;
  const { channels } = settings;

  function open(task: SampleTask): Promise<(OpenedImage | ImageError)[]> {
    const opening = Promise.all(task.inputs.map(({ image }) => attempt(() => openImage(image, settings))));
    // Asked for when its turn comes, which never does after an error.
    opening.catch(() => {});
    return opening;
  }

  function make(
    task: SampleTask,
    inputs: readonly (Image | FloatImage)[],
    random: Random | undefined,
  ): { image: Image | FloatImage; ratio: number } {
    const [first, second] = inputs as [Image | FloatImage, (Image | FloatImage)?];
    if (!random) return { image: first, ratio: 1 };
    const { image, ratio } = second ? mixPair(first, second, task.mix!, random, mixing) : { image: first, ratio: 1 };
    if (!transforms) return { image, ratio };
    const made = blaming('one that `transforms` take', () => transforms(bytesOf(image), random));
    return { image: sized(made, 'transforms', task.inputs[0]!.name), ratio };
  }

  async function prepare(input: OpenedImage, name: string, random: Random | undefined): Promise<Image | FloatImage> {
    const apply = crop?.transform ?? transform;
    if (!random || !apply) return evaluationImage(await input.whole(), settings.imageSize, settings.crop);
    const pixels = crop ? input.part(crop.drawBox(input.height, input.width, random)) : input.whole();
    // A part that is there is used before anything else can happen.
    const image = pixels instanceof Promise ? await pixels : pixels;
    return sized(
      blaming('one that `augment` takes', () => apply(image, random)),
      'augment',
      name,
    );
  }

  function sized(image: Image, option: string, name: string): Image {
    const wanted = `one of which \`${option}\` makes an image`;
    if (!isPixels(image)) {
      throw new ImageError(wanted, `it must give { data, height, width, channels }, got ${show(image)}`);
    }
    if (image.height !== height || image.width !== width || image.channels !== channels) {
      const [got, size] = [image, { height, width, channels }].map(
        (each) => `${each.height} x ${each.width} x ${each.channels}`,
      );
      throw new ImageError(wanted, `\`${option}\` must make images of ${size}, got ${got} of ${name}`);
    }
    if (image.data.length === height * width * channels) return image;
    throw new ImageError(
      wanted,
      `\`${option}\` must make ${height} x ${width} x ${channels} values, got ${image.data.length} of ${name}`,
    );
  }

  /** The image of a task, or which of its inputs cannot be had. */
  async function outcomeOf(task: SampleTask, inputs: readonly (OpenedImage | ImageError)[]) {
    const random = task.seed === undefined ? undefined : seededRandom(task.seed);
    const prepared: (Image | FloatImage | ImageError)[] = [];
    for (const [i, input] of inputs.entries()) {
      const isOpen = !(input instanceof ImageError);
      prepared.push(isOpen ? await attempt(() => prepare(input, task.inputs[i]!.name, random)) : input);
    }
    const failures = failuresOf(prepared);
    if (failures.length > 0) return { failures };
    const made = await attempt(() => make(task, prepared as (Image | FloatImage)[], random));
    return made instanceof ImageError ? { failures: failuresOf([made]) } : made;
  }

  return async (tasks, values) => {
    const outcomes: SampleOutcome[] = [];
    const opening = tasks.slice(0, OPENED_AHEAD).map(open);
    let at = 0;
    for (const [i, task] of tasks.entries()) {
      const inputs = await opening[i]!;
      const ahead = tasks[i + OPENED_AHEAD];
      if (ahead) opening.push(open(ahead));
      const outcome = await outcomeOf(task, inputs);
      if ('failures' in outcome) {
        outcomes.push(outcome);
        continue;
      }
      normalize(outcome.image, settings.affine, values, at);
      at += outcome.image.data.length;
      outcomes.push({ ratio: outcome.ratio });
    }
    return outcomes;
  };
}

const isPixels = (image: unknown): boolean => {
  const { data } = Object(image) as { data?: unknown };
  return data instanceof Uint8Array || data instanceof Uint8ClampedArray || data instanceof Float32Array;
};

function bytesOf(image: Image | FloatImage): Image {
  return image.data instanceof Uint8Array ? (image as Image) : toBytes(image as FloatImage);
}

/** What `make` gives, or that the image cannot be had; other errors are no property of the image, and pass. */
async function attempt<T>(make: () => T | Promise<T>): Promise<T | ImageError> {
  try {
    return await make();
  } catch (error) {
    if (error instanceof ImageError) return error;
    throw error;
  }
}

function failuresOf(inputs: readonly unknown[]) {
  return inputs.flatMap((each, input) => (each instanceof ImageError ? [{ input, ...each.failure }] : []));
}

async function transformOf(augment: SampleSettings['augment']): Promise<SampleTransform | undefined> {
  if (augment === undefined) return undefined;
  if (!('module' in augment)) return sampleTransform(augment);
  const { [augment.name]: transform } = await importModule(augment.module);
  if (typeof transform === 'function') return transform as SampleTransform;
  throw new TypeError(
    `imageLoader: \`augment.module\` must export a function \`${augment.name}\`, got ${typeof transform} from ${augment.module}.`,
  );
}

function firstCropOf(augment: SampleSettings['augment']): FirstCrop | undefined {
  return augment === undefined || 'module' in augment ? undefined : firstCrop(augment);
}

async function importModule(address: string): Promise<Record<string, unknown>> {
  try {
    return (await import(address)) as Record<string, unknown>;
  } catch (error) {
    throw new Error(
      `imageLoader: \`augment.module\` must be a module that can be imported, got ${address}: ${(error as Error).message}.`,
    );
  }
}

function normalize(
  { data }: Image | FloatImage,
  { scale, offset }: SampleSettings['affine'],
  values: Float32Array,
  start: number,
): void {
  if (scale.length === 1) {
    const [factor, addend] = [scale[0]!, offset[0]!];
    for (let i = 0; i < data.length; i++) values[start + i] = data[i]! * factor + addend;
    return;
  }
  const [factor1, factor2, factor3] = scale as [number, number, number];
  const [addend1, addend2, addend3] = offset as [number, number, number];
  // One by one: a pass for each channel reads and writes all memory three times.
  for (let i = 0, to = start; i < data.length; i += 3, to += 3) {
    values[to] = data[i]! * factor1 + addend1;
    values[to + 1] = data[i + 1]! * factor2 + addend2;
    values[to + 2] = data[i + 2]! * factor3 + addend3;
  }
}

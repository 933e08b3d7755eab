import { type FloatImage, mixPair, type Random, type SampleTransform, sampleTransform, toBytes } from '@nfnets/augment';
import { CorruptImageError, decodeImage } from './decode-image.js';
import { evaluationImage } from './evaluation-image.js';
import type { Image } from './image-source.js';
import type { SampleOutcome, SampleSettings, SampleTask } from './sample-task.js';
import { seededRandom } from './seeded-random.js';

/**
 * Makes images of tasks, in a worker or in the main thread: what it makes of a task depends on that task alone. Writes the
 * images that could be made into `values`, one after the other, and tells what became of each task.
 */
export type SampleMaker = (tasks: readonly SampleTask[], values: Float32Array) => Promise<SampleOutcome[]>;

/** How many tasks are decoded at once: one while the one before it is augmented. */
const DECODED_AHEAD = 2;

/**
 * The maker for some settings.
 *
 * @param augment A transform in place of the one that `settings` describe.
 */
export async function sampleMaker(settings: SampleSettings, augment?: SampleTransform): Promise<SampleMaker> {
  const transform = augment ?? (await transformOf(settings.augment));
  const transforms = settings.transforms && sampleTransform(settings.transforms);
  const mixing = settings.mix?.alpha === undefined ? {} : { alpha: settings.mix.alpha };
  const [height, width] = settings.imageSize;

  const decode = (task: SampleTask) =>
    Promise.all(task.inputs.map(({ image }) => settled(decodeImage(image, settings.channels))));

  function make(task: SampleTask, inputs: readonly Image[]): { image: Image | FloatImage; ratio: number } {
    const random = task.seed === undefined ? undefined : seededRandom(task.seed);
    const prepared = inputs.map((input, i) => prepare(input, task.inputs[i]!.name, random));
    const [first, second] = prepared as [Image | FloatImage, (Image | FloatImage)?];
    if (!random) return { image: first, ratio: 1 };
    const { image, ratio } = second ? mixPair(first, second, task.mix!, random, mixing) : { image: first, ratio: 1 };
    if (!transforms) return { image, ratio };
    return { image: sized(transforms(bytesOf(image), random), 'transforms', task.inputs[0]!.name), ratio };
  }

  function prepare(input: Image, name: string, random: Random | undefined): Image | FloatImage {
    if (random && transform) return sized(transform(input, random), 'augment', name);
    return evaluationImage(input, settings.imageSize, settings.crop);
  }

  function sized(image: Image, option: string, name: string): Image {
    if (image.height === height && image.width === width && image.channels === settings.channels) return image;
    const [got, wanted] = [image, { height, width, channels: settings.channels }].map(
      (each) => `${each.height} x ${each.width} x ${each.channels}`,
    );
    throw new RangeError(`imageLoader: \`${option}\` must make images of ${wanted}, got ${got} of ${name}.`);
  }

  return async (tasks, values) => {
    const outcomes: SampleOutcome[] = [];
    const decoding = tasks.slice(0, DECODED_AHEAD).map(decode);
    let at = 0;
    for (const [i, task] of tasks.entries()) {
      const inputs = await decoding[i]!;
      const ahead = tasks[i + DECODED_AHEAD];
      if (ahead) decoding.push(decode(ahead));
      const corruptInput = inputs.findIndex((input) => input instanceof Error);
      if (corruptInput >= 0) {
        outcomes.push({ corruptInput, reason: (inputs[corruptInput] as Error).message });
        continue;
      }
      const { image, ratio } = make(task, inputs as Image[]);
      normalize(image, settings.affine, values, at);
      at += image.data.length;
      outcomes.push({ ratio });
    }
    return outcomes;
  };
}

function bytesOf(image: Image | FloatImage): Image {
  return image.data instanceof Uint8Array ? (image as Image) : toBytes(image as FloatImage);
}

/** What a promise resolves to, or that the image is corrupt; other errors are no property of the image, and pass. */
async function settled(decoding: Promise<Image>): Promise<Image | CorruptImageError> {
  try {
    return await decoding;
  } catch (error) {
    if (error instanceof CorruptImageError) return error;
    throw error;
  }
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
  const channels = scale.length;
  for (let channel = 0; channel < channels; channel++) {
    const [factor, addend] = [scale[channel]!, offset[channel]!];
    for (let i = channel; i < data.length; i += channels) values[start + i] = data[i]! * factor + addend;
  }
}

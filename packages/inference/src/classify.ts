import { checkOptions, integerFrom, type OptionRules, rule, show } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import { assertBackend } from './assert-backend.js';
import { classProbabilities } from './class-probabilities.js';
import { type Classifier, type Ending, endingOf } from './classifier.js';
import { assertSpec, channelsOf, type PreprocessSpec, preprocess } from './preprocess.js';
import { type ImageSource, readImage } from './read-image.js';

/** Options of {@link classify}. */
export interface ClassifyOptions {
  /** How many classes to name, the most probable first; all when there are fewer. Default 5. */
  readonly topK?: number;
  /**
   * Names of the classes. Of a model with one output the name of a yes, or of a no and a yes. Default ImageNet's, for a model of
   * 1000 classes.
   */
  readonly labels?: readonly string[];
  /**
   * How the model wants its images; of one channel, with one number as `mean` and one as `std`. Default the size of its input, cropped and
   * normalized as {@link preprocess} does, for a model of three channels.
   */
  readonly spec?: PreprocessSpec;
}

const RULES: OptionRules<ClassifyOptions> = {
  topK: integerFrom(1),
  labels: rule('a list of texts', (value) => Array.isArray(value) && value.every((label) => typeof label === 'string')),
  spec: rule('an object with `testSize`', (value) => typeof value === 'object' && value !== null),
};

/** A class, and how probable it is. */
export interface Classification {
  readonly label: string;
  /** Of the class, among the model's outputs. */
  readonly index: number;
  /** Softmax of the logits, in [0, 1]; of a single logit its sigmoid. */
  readonly probability: number;
}

/**
 * Names what is on an image: the most probable classes of `model`, best first. Several images give a list each.
 *
 * Images are what `readImage` reads, or tensors of 0..255; tensors stay the caller's. The model gives logits; a model of layers may
 * end in a softmax, or with one output in a sigmoid. One output is a yes or no: `labels` has a name for the yes, or for both.
 *
 * @param model From images to logits, or to probabilities by a softmax or sigmoid at its end.
 * @param image A path, an image file's content, decoded pixels, or a tensor of 0..255; or a list or batch of them.
 * @throws RangeError when the number of labels is not that of the classes, the model takes any size or one channel and there is no `spec`,
 * or an option is out of its range; TypeError for what is no model; Error when a file cannot be read, or a logit is not finite.
 * @example
 * ```ts
 * import { classify } from '@nfnets/inference';
 * import { createModel, NFNET } from '@nfnets/models';
 * import { loadWeights } from '@nfnets/weights';
 *
 * const model = createModel('nfnet_f0', { numClasses: 1000 });
 * await loadWeights(model, 'F0_haiku.npz');
 * const [best] = await classify(model, 'photo.jpg', { topK: 1, spec: NFNET.nfnet_f0 });
 * console.log(best!.label, best!.probability);
 * ```
 */
export async function classify(
  model: Classifier,
  image: ImageSource | tf.Tensor3D,
  options?: ClassifyOptions,
): Promise<Classification[]>;
export async function classify(
  model: Classifier,
  images: readonly (ImageSource | tf.Tensor3D)[] | tf.Tensor4D,
  options?: ClassifyOptions,
): Promise<Classification[][]>;
export async function classify(
  model: Classifier,
  image: ImageSource | tf.Tensor3D | tf.Tensor4D | readonly (ImageSource | tf.Tensor3D)[],
  options: ClassifyOptions = {},
): Promise<Classification[] | Classification[][]> {
  assertModel(model);
  checkOptions<ClassifyOptions>('classify', options, RULES);
  const { topK = 5, labels, spec = specOf(model) } = options;
  assertSpec('classify', spec);
  assertChannels(model, spec);
  assertBackend('classify');
  if (Array.isArray(image) && image.length === 0) return [];
  const sources = (Array.isArray(image) ? image : [image]) as (ImageSource | tf.Tensor3D | tf.Tensor4D)[];
  const ready: tf.Tensor4D[] = [];
  let logits: tf.Tensor2D | undefined;
  try {
    for (const source of sources) ready.push(await prepare(source, spec));
    logits = tf.tidy(() => logitsOf(model, ready.length === 1 ? ready[0]! : tf.concat(ready)));
    const [count, classes] = logits.shape;
    const names = labels ?? (await imagenetLabels(classes));
    assertLabels(names, classes);
    const ending = endingOf(model);
    const values = await logits.data<'float32'>();
    const lists = Array.from({ length: count }, (_, i) =>
      mostProbable(values.subarray(i * classes, (i + 1) * classes), ending, names, topK),
    );
    const isOne = !Array.isArray(image) && !(image instanceof tf.Tensor && image.rank === 4);
    return isOne ? lists[0]! : lists;
  } finally {
    tf.dispose([ready, logits ?? []]);
  }
}

async function prepare(source: ImageSource | tf.Tensor3D | tf.Tensor4D, spec: PreprocessSpec): Promise<tf.Tensor4D> {
  if (source instanceof tf.Tensor) return preprocess(source, spec);
  const image = await readImage(source);
  try {
    return preprocess(image, spec);
  } finally {
    image.dispose();
  }
}

function logitsOf(model: Classifier, images: tf.Tensor4D): tf.Tensor2D {
  const logits = model.predict(images);
  if (logits instanceof tf.Tensor && logits.rank === 2) return logits as tf.Tensor2D;
  const got = logits instanceof tf.Tensor ? JSON.stringify(logits.shape) : 'several outputs';
  throw new RangeError(`classify: \`model\` must give one output, logits [batch, classes], got ${got}.`);
}

function mostProbable(
  outputs: Float32Array,
  ending: Ending,
  labels: readonly string[],
  topK: number,
): Classification[] {
  const probabilities = classProbabilities(outputs, ending, labels.length);
  const all = Array.from(probabilities, (probability, index) => ({ label: labels[index]!, index, probability }));
  return all.sort((a, b) => b.probability - a.probability).slice(0, topK);
}

function assertModel(model: Classifier): void {
  const { predict, inputs } = (model ?? {}) as Partial<Classifier>;
  if (typeof predict !== 'function' || !Array.isArray(inputs)) {
    throw new TypeError(`classify: \`model\` must be a tf.LayersModel or tf.GraphModel, got ${show(model)}.`);
  }
  const channels = inputs[0]?.shape?.[3];
  if (channels == null || channels === 3 || channels === 1 || channels < 0) return;
  throw new RangeError(`classify: \`model\` must take images of 3 channels, or of 1, got one of ${channels}.`);
}

function assertChannels(model: Classifier, spec: PreprocessSpec): void {
  const channels = model.inputs[0]?.shape?.[3];
  if (channels == null || channels < 0 || channels === channelsOf(spec)) return;
  const numbers =
    channels === 1 ? 'one number each, as in { testSize: 28, mean: [33.3], std: [78.6] }' : 'three numbers each';
  throw new RangeError(
    `classify: \`spec.mean\` and \`spec.std\` must have ${numbers}, for a model of ${channels} ${channels === 1 ? 'channel' : 'channels'}, got ${show(spec.mean)} and ${show(spec.std)}.`,
  );
}

function assertLabels(names: readonly string[], classes: number): void {
  if (names.length === classes || (classes === 1 && names.length === 2)) return;
  const each =
    classes === 1
      ? 'one name, or two, for the one output of the model'
      : `a name for each of the model's ${classes} classes`;
  throw new RangeError(`classify: \`labels\` must have ${each}, got ${names.length}.`);
}

function specOf(model: Classifier): PreprocessSpec {
  const [, height, width] = model.inputs[0]?.shape ?? [];
  if (height != null && height > 0 && height === width) return { testSize: height };
  throw new RangeError(
    'classify: `spec` must be given for a model whose input is not a square of one size, such as { testSize: 256 }, or the preset of @nfnets/models.',
  );
}

/** Loaded when wanted: most of this package's size. */
async function imagenetLabels(classes: number): Promise<readonly string[]> {
  if (classes === 1000) return (await import('./imagenet-labels.js')).IMAGENET_LABELS;
  throw new RangeError(
    `classify: \`labels\` must be given for a model of ${classes} classes; ImageNet's default names are for 1000.`,
  );
}

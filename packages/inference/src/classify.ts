import * as tf from '@tensorflow/tfjs-core';
import { type PreprocessSpec, preprocess } from './preprocess.js';
import { type ImageSource, readImage } from './read-image.js';

/** A `tf.LayersModel` or `tf.GraphModel` from images `[batch, height, width, 3]` to logits `[batch, classes]`. */
export interface Classifier {
  readonly inputs: readonly { readonly shape?: readonly (number | null)[] | undefined }[];
  predict(images: tf.Tensor): tf.Tensor | tf.Tensor[] | tf.NamedTensorMap;
}

export interface ClassifyOptions {
  /** How many classes to name, the most probable first; all when there are fewer. Default: 5. */
  readonly topK?: number;
  /** Names of the classes. Default: ImageNet's, for a model of 1000 classes. */
  readonly labels?: readonly string[];
  /** How the model wants its images. Default: the size of its input, cropped and normalized as `preprocess` does. */
  readonly spec?: PreprocessSpec;
}

export interface Classification {
  readonly label: string;
  /** Of the class, among the model's outputs. */
  readonly index: number;
  /** Softmax of the logits, in [0, 1]. */
  readonly probability: number;
}

/**
 * Names what is on an image: the most probable classes of `model`, best first. Several images give a list each.
 *
 * Images are what `readImage` reads, or tensors of 0..255; tensors stay the caller's. The model must give logits: one that
 * ends in a softmax would have it applied twice.
 *
 * @throws RangeError when the number of labels is not that of the classes, the model takes any size and there is no `spec`,
 * or an option is out of its range.
 * @throws Error when a file cannot be read, or a logit is not finite.
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
  const { topK = 5, labels, spec = specOf(model) } = options;
  if (!(Number.isInteger(topK) && topK >= 1)) {
    throw new RangeError(`classify: \`topK\` must be a whole number from 1, got ${topK}.`);
  }
  if (Array.isArray(image) && image.length === 0) return [];
  const sources = (Array.isArray(image) ? image : [image]) as (ImageSource | tf.Tensor3D | tf.Tensor4D)[];
  const ready: tf.Tensor4D[] = [];
  let probabilities: tf.Tensor2D | undefined;
  try {
    for (const source of sources) ready.push(await prepare(source, spec));
    probabilities = tf.tidy(() => tf.softmax(logitsOf(model, ready.length === 1 ? ready[0]! : tf.concat(ready))));
    const [count, classes] = probabilities.shape;
    const names = labels ?? (await imagenetLabels(classes));
    if (names.length !== classes) {
      throw new RangeError(
        `classify: \`labels\` must have a name for each of the model's ${classes} classes, got ${names.length}.`,
      );
    }
    const values = await probabilities.data();
    const lists = Array.from({ length: count }, (_, i) =>
      mostProbable(values.subarray(i * classes, (i + 1) * classes), names, topK),
    );
    const isOne = !Array.isArray(image) && !(image instanceof tf.Tensor && image.rank === 4);
    return isOne ? lists[0]! : lists;
  } finally {
    tf.dispose([ready, probabilities ?? []]);
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

function mostProbable(probabilities: ArrayLike<number>, labels: readonly string[], topK: number): Classification[] {
  const all = Array.from(probabilities, (probability, index) => ({ label: labels[index]!, index, probability }));
  if (all.some(({ probability }) => Number.isNaN(probability))) {
    throw new Error('classify: the model gave logits that are not finite: its weights, or its image, are broken.');
  }
  return all.sort((a, b) => b.probability - a.probability).slice(0, topK);
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

import { show } from '@nfnets/options';
import type * as tf from '@tensorflow/tfjs-core';

/** A weight of a `tf.LayersModel`. */
export interface ModelWeight {
  /** `<layer>/<weight>`, without the number that tfjs adds in a second model. */
  readonly originalName: string;
  readonly shape: readonly (number | null)[];
  /** Only float32 weights have names in files. */
  readonly dtype?: string;
  read(): tf.Tensor;
  write(value: tf.Tensor): unknown;
}

/** What a `tf.LayersModel` is to this package. */
export interface WeightedModel {
  readonly weights: readonly ModelWeight[];
  /** What a spec is compared with as well, where they are there. */
  readonly layers?: readonly { readonly name: string; getConfig(): object }[];
}

/** Prefix of the classifier's weights. */
export const HEAD = 'linear/';
/** The kernel that sees the image's channels. */
export const STEM_KERNEL = 'stem_conv0/kernel';

/**
 * Throws unless `model` is one, with float32 weights of names of their own that are still there.
 *
 * @param who Name of the function that was called, for the error.
 */
export function assertModel(who: string, model: WeightedModel): void {
  const weights: unknown = (model as Partial<WeightedModel> | null | undefined)?.weights;
  if (!Array.isArray(weights) || !weights.every((weight) => typeof weight?.originalName === 'string')) {
    throw new TypeError(`${who}: \`model\` must be a tf.LayersModel, such as createModel makes, got ${show(model)}.`);
  }
  const names = new Set<string>();
  for (const weight of weights as ModelWeight[]) {
    const { originalName: name, dtype = 'float32' } = weight;
    if (names.has(name)) throw new RangeError(`${who}: \`model\` must have names of their own, got "${name}" twice.`);
    if (dtype !== 'float32')
      throw new RangeError(`${who}: \`model\` must have float32 weights, got "${name}" of ${dtype}.`);
    names.add(name);
    try {
      weight.read();
    } catch (error) {
      throw new RangeError(`${who}: "${name}" of \`model\` cannot be read: ${(error as Error).message}`);
    }
  }
}

/** Classes of a model with the classifier of `createModel`. */
export function numClasses(model: WeightedModel): number {
  return model.weights.find(({ originalName }) => originalName === 'linear/bias')?.shape[0] ?? 1;
}

/** Image channels of a model with the stem of `createModel`. */
export function inputChannels(model: WeightedModel): number | undefined {
  return model.weights.find(({ originalName }) => originalName === 'stem_conv0/kernel')?.shape[2] ?? undefined;
}

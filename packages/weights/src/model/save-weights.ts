import type { PublishedWeight } from '@nfnets/models';
import { anything, checkOptions, oneOf, show } from '@nfnets/options';
import { type TensorToWrite, toFloat16, writeSafetensors } from '@nfnets/safetensors';
import { modelsSpec, type PresetOrSpec } from './assert-spec.js';
import { inTurn } from './in-turn.js';
import { toPublished } from './layouts.js';
import { type Naming, weightNames } from './weight-names.js';
import { assertModel, type ModelWeight, type WeightedModel } from './weighted-model.js';

/** Options of {@link saveWeights}. */
export interface SaveWeightsOptions {
  /** Whose names and layouts the file gets: ours, or those of timm's state dict. Default `'ours'`. */
  readonly naming?: Exclude<Naming, 'haiku'>;
  /** Type of the values in the file. Default `'float32'`. */
  readonly dtype?: 'float32' | 'float16';
  /** What the model was made from, needed for timm's names when it is no preset. Default the preset that it is. */
  readonly spec?: PresetOrSpec;
}

/**
 * Writes the weights of a model as safetensors, one tensor at a time, in the order of their names; not while `loadWeights` writes
 * them.
 *
 * @param target A path (in Node), of which the file appears once it is whole, or a stream.
 * @param model A `tf.LayersModel`.
 * @throws RangeError when an option is unknown, `spec` is not the model's, the model has no published names, or a weight has no
 * float16; TypeError for what is no model or no target.
 * @example
 * ```ts
 * import { createModel } from '@nfnets/models';
 * import { saveWeights } from '@nfnets/weights';
 *
 * const model = createModel('nfnet_f0', { numClasses: 10 });
 * await saveWeights(model, 'mine.safetensors', { naming: 'timm', dtype: 'float16' }); // timm's load_state_dict takes it
 * ```
 */
export async function saveWeights(
  model: WeightedModel,
  target: string | WritableStream<Uint8Array>,
  options: SaveWeightsOptions = {},
): Promise<void> {
  assertModel('saveWeights', model);
  const isStream = typeof (target as Partial<WritableStream> | null | undefined)?.getWriter === 'function';
  if (!isStream && (typeof target !== 'string' || target === '')) {
    throw new TypeError(`saveWeights: \`target\` must be a path or a WritableStream, got ${show(target)}.`);
  }
  checkOptions<SaveWeightsOptions>('saveWeights', options, {
    naming: oneOf(['ours', 'timm']),
    dtype: oneOf(['float32', 'float16']),
    spec: anything,
  });
  const tensors = tensorsOf(model, options);
  return inTurn(model, () => writeSafetensors(target, tensors));
}

function tensorsOf(
  model: WeightedModel,
  { naming = 'ours', dtype = 'float32', spec }: SaveWeightsOptions,
): TensorToWrite[] {
  const known = spec === undefined ? undefined : modelsSpec('saveWeights', model, spec);
  const [names, ...others] = weightNames(model, naming, known);
  if (names === undefined || others.length > 0) {
    const why = names === undefined ? 'which is no preset' : 'which several presets with other names may be';
    throw new RangeError(
      `saveWeights: \`naming\` "${naming}" needs to know what the model was made from, ${why}. Pass { spec }.`,
    );
  }
  const published = (weight: ModelWeight) => names.get(weight.originalName)!;
  const weights = model.weights.toSorted((a, b) => (published(a).name < published(b).name ? -1 : 1));
  return weights.map((weight) => ({
    name: published(weight).name,
    shape: published(weight).shape,
    dtype: dtype === 'float16' ? 'F16' : 'F32',
    bytes: () => tensorBytes(weight, published(weight), dtype),
  }));
}

async function tensorBytes(
  weight: ModelWeight,
  published: PublishedWeight,
  dtype: 'float32' | 'float16',
): Promise<Uint8Array<ArrayBuffer>> {
  const values = toPublished(await weight.read().data<'float32'>(), published);
  if (dtype === 'float16') {
    if (values.some((value) => Math.abs(value) >= 65520 && Number.isFinite(value))) {
      throw new RangeError(
        `saveWeights: "${weight.originalName}" has values beyond 65504, the largest float16. Save it as float32.`,
      );
    }
    return new Uint8Array(toFloat16(values).buffer);
  }
  return new Uint8Array(values.buffer as ArrayBuffer, values.byteOffset, values.byteLength);
}

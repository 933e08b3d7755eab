import type { PublishedWeight } from '@nfnets/models';
import { Scratch, type StoredTensor, show, TensorFileError } from '@nfnets/safetensors';
import * as tf from '@tensorflow/tfjs-core';
import { describeMisfit, fitWeights, type MisshapenWeight } from './fit-weights.js';
import { isMoved, toOurs } from './layouts.js';
import { type WeightSource, withWeights } from './open-weights.js';
import type { WeightFile } from './weight-file.js';
import {
  HEAD,
  type Naming,
  type PresetOrSpec,
  type WeightedModel,
  type WeightNames,
  weightNames,
} from './weight-names.js';

export interface LoadWeightsOptions {
  /** Whether every weight must be there, in its shape, and no other. Default: true. */
  readonly strict?: boolean;
  /** `'replace'`: the model keeps its own classifier, whatever the file has. */
  readonly head?: 'replace';
  /** Whose names the file has. Default: those that fit most of its tensors. */
  readonly naming?: Naming;
  /** What the model was made from, needed for published names when it is no preset. */
  readonly spec?: PresetOrSpec;
  /** Whether infinite and NaN values are let through. Default: false. */
  readonly allowNonFinite?: boolean;
  /** Told after every weight how many of all are loaded. */
  readonly onProgress?: (loaded: number, total: number) => void;
}

/** What was loaded, and with `strict: false` what was not. */
export interface LoadedWeights {
  readonly format: WeightFile['format'];
  readonly naming: Naming;
  /** Names of the weights, in the model, that have the file's values now. */
  readonly loaded: readonly string[];
  /** Names that the file should have. */
  readonly missing: readonly string[];
  /** Names that the file has and the model does not. */
  readonly unexpected: readonly string[];
  readonly misshapen: readonly MisshapenWeight[];
}

/**
 * Gives a model the weights of a file: safetensors, a checkpoint of `torch.save`, the authors' Haiku pickles, or tfjs's
 * `model.json`, with our names, timm's or the authors'. Nothing in the file is executed. One tensor at a time is in memory
 * beside the model's own.
 *
 * @param model Made by `createModel`.
 * @throws TensorFileError when the file is broken or refused, or does not fit the model; then the model is as before,
 * unless a value was not finite or the file broke off, which the message says.
 */
export async function loadWeights(
  model: WeightedModel,
  source: WeightSource,
  options: LoadWeightsOptions = {},
): Promise<LoadedWeights> {
  const { strict = true, head, allowNonFinite = false, onProgress } = options;
  if (head !== undefined && head !== 'replace') {
    throw new RangeError(`loadWeights: \`head\` must be 'replace' or left out, got ${show(head)}.`);
  }
  return withWeights(source, async (file, label) => {
    const { naming, names } = chooseNaming(model, file, label, options);
    const isKept = (name: string) => head === 'replace' && name.startsWith(HEAD);
    const { fitting, ...misfit } = fitWeights(names, file.tensors, isKept);
    const flaws = describeMisfit(misfit);
    if (strict && flaws !== undefined) {
      throw new TensorFileError(
        `loadWeights: ${label} does not fit the model (names: ${naming}).\n${flaws}\n` +
          "To keep the model's own classifier pass { head: 'replace' }; to load what fits pass { strict: false }.",
      );
    }
    const weights = new Map(model.weights.map((weight) => [weight.originalName, weight]));
    const loaded: string[] = [];
    const scratch = new Scratch();
    for (const { name, published, stored } of fitting) {
      const values = await readValues(stored, published, label, { allowNonFinite, loaded: loaded.length, scratch });
      const weight = weights.get(name)!;
      const tensor = tf.tensor(values, weight.shape as number[], 'float32');
      weight.write(tensor);
      tensor.dispose();
      loaded.push(name);
      onProgress?.(loaded.length, fitting.length);
    }
    return { format: file.format, naming, loaded, ...misfit };
  });
}

async function readValues(
  stored: StoredTensor,
  published: PublishedWeight,
  label: string,
  { allowNonFinite, loaded, scratch }: { allowNonFinite: boolean; loaded: number; scratch: Scratch },
): Promise<Float32Array> {
  // The engine may keep what it is given, so that only values on their way to another order can lie in the scratch.
  const values = await stored.read(isMoved(published) ? scratch : undefined);
  // x - x is 0, or NaN for what is not finite: much quicker than a test for each.
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! - values[i]!;
  if (Number.isNaN(sum) && !allowNonFinite) {
    throw new TensorFileError(
      `loadWeights: "${stored.name}" of ${label} has values that are not finite. ${loaded} weights before it are loaded. Pass { allowNonFinite: true } to load it all the same.`,
    );
  }
  return toOurs(values, published);
}

function chooseNaming(
  model: WeightedModel,
  file: WeightFile,
  label: string,
  { naming, spec }: LoadWeightsOptions,
): { naming: Naming; names: WeightNames } {
  const namings = naming === undefined ? (['ours', 'timm', 'haiku'] as const) : [naming];
  const known = namings.flatMap((naming) => weightNames(model, naming, spec).map((names) => ({ naming, names })));
  const matches = ({ names }: (typeof known)[number]) =>
    [...names.values()].filter(({ name }) => file.tensors.has(name)).length;
  const best = known.toSorted((a, b) => matches(b) - matches(a))[0];
  if (best !== undefined && (matches(best) > 0 || (naming !== undefined && file.tensors.size === 0))) return best;
  const some = [...file.tensors.keys()].slice(0, 3).map(show).join(', ');
  const hint = known.some(({ naming }) => naming !== 'ours')
    ? 'Is it of this architecture?'
    : 'The model is no preset: pass { spec }, what it was made from, for published names.';
  throw new TensorFileError(
    `loadWeights: ${label} has ${file.tensors.size} tensors (${some || 'none'}), and none has a name of the model's weights. ${hint}`,
  );
}

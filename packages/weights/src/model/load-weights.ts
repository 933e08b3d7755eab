import type { PublishedWeight } from '@nfnets/models';
import { aBoolean, aFunction, anything, checkOptions, oneOf, rule } from '@nfnets/options';
import { Scratch, type StoredTensor, show, TensorFileError } from '@nfnets/safetensors';
import * as tf from '@tensorflow/tfjs-core';
import { type WeightSource, withWeights } from '../formats/open-weights.js';
import type { WeightFile } from '../formats/weight-file.js';
import { adaptInputChannels } from './adapt-input-channels.js';
import { modelsSpec, type PresetOrSpec } from './assert-spec.js';
import { chooseNaming, describeKeys } from './choose-naming.js';
import { describeMisfit, fitWeights, type MisshapenWeight, type WeightFit } from './fit-weights.js';
import { inTurn } from './in-turn.js';
import { isMoved, toOurs } from './layouts.js';
import type { Naming } from './weight-names.js';
import { assertModel, HEAD, STEM_KERNEL, type WeightedModel } from './weighted-model.js';

/** Options of {@link loadWeights}. */
export interface LoadWeightsOptions {
  /** Whether every weight must be there, in its shape, and no other. Default true. */
  readonly strict?: boolean;
  /** `'replace'`: the model keeps its own classifier, whatever the file has. Default none: the file's is taken. */
  readonly head?: 'replace';
  /**
   * `'adapt'`: the first kernel of a file for images of three channels is made to fit the model's number of channels, as timm does:
   * summed for one, repeated for more. Default it must have as many.
   */
  readonly inputChannels?: 'adapt';
  /** Whose names the file has. Default those that fit most of its tensors. */
  readonly naming?: Naming;
  /** What the model was made from, needed for published names when it is no preset. Default the preset that it is. */
  readonly spec?: PresetOrSpec;
  /**
   * Key under which a checkpoint has the weights, such as `'model_state_dict'`; of nested dicts the keys joined by dots, `''` for
   * its own level. Default `state_dict`, `model` and others that are usual.
   */
  readonly key?: string;
  /**
   * Whether to take the average over the training run of a checkpoint that has one. true: or fail; false: never. Default what is
   * under `state_dict_ema` or `model_ema` comes before the rest, as for timm.
   */
  readonly ema?: boolean;
  /**
   * What the names of the weights begin with and is dropped, such as `'student.'`: what has other names is passed over. `''` for
   * nothing. Default `module.` and `_orig_mod.`, and one of `model.`, `backbone.` and `net.` where that fits most.
   */
  readonly prefix?: string;
  /** Whether infinite and NaN values are let through. Default false. */
  readonly allowNonFinite?: boolean;
  /** Told after every weight how many of all are loaded. What it throws is thrown when all of them are. Default nobody. */
  readonly onProgress?: (loaded: number, total: number) => void;
}

const RULES = {
  strict: aBoolean,
  head: rule("'replace' or left out", (value) => value === 'replace', 'string'),
  inputChannels: rule("'adapt' or left out", (value) => value === 'adapt', 'string'),
  naming: oneOf(['ours', 'timm', 'haiku']),
  spec: anything,
  key: rule('a key', (value) => typeof value === 'string', 'string'),
  ema: aBoolean,
  prefix: rule('a text', (value) => typeof value === 'string', 'string'),
  allowNonFinite: aBoolean,
  onProgress: aFunction,
};
const INSTEAD = {
  use_ema: 'Pass `ema`.',
  weights_only: 'Nothing in a file is ever executed.',
  num_classes: "Pass { head: 'replace' } to keep the model's own classifier.",
  in_chans: "Pass { inputChannels: 'adapt' } where the images have another number of channels.",
};

/** What was loaded, and with `strict: false` what was not. */
export interface LoadedWeights {
  readonly format: WeightFile['format'];
  readonly naming: Naming;
  /** The key under which a checkpoint had them; undefined where they were its own level. */
  readonly key?: string;
  /** Whether they are an average over a training run; undefined where the file has none and does not tell. */
  readonly ema?: boolean;
  /** What was dropped from the beginnings of their names; undefined for nothing. */
  readonly prefixes?: readonly string[];
  /** The first kernel, where it was made to fit another number of channels. */
  readonly adapted?: MisshapenWeight;
  /** Names of the weights, in the model, that have the file's values now. */
  readonly loaded: readonly string[];
  /** Names that the file should have. */
  readonly missing: readonly string[];
  /** Names that the file has and the model does not. */
  readonly unexpected: readonly string[];
  readonly misshapen: readonly MisshapenWeight[];
  /** Names of what lies among the weights and is none of them: numbers, notes of modules, what `prefix` leaves out; undefined for none. */
  readonly passedOver?: readonly string[];
}

/**
 * Gives a model the weights of a file: safetensors, in one or several parts, a checkpoint of `torch.save`, the authors' Haiku
 * pickles, or tfjs's `model.json`, with our names, timm's or the authors'. Nothing in the file is executed. One tensor at a time
 * is in memory beside the model's own.
 *
 * All of the file is compared with the model and read once before the first value is written. Of several at once into one model
 * each is written whole, one after the other.
 *
 * @param model Made by `createModel`.
 * @param source A path, bytes, a Blob, or the files of a model in several.
 * @throws TensorFileError when the file is broken or refused, does not fit the model or has values that are not finite; RangeError
 * or TypeError for an option, such as a `spec` that is not the model's. The model is as before then.
 * @example
 * ```ts
 * import { createModel } from '@nfnets/models';
 * import { loadWeights } from '@nfnets/weights';
 *
 * const model = createModel('timm/dm_nfnet_f0', { numClasses: 10 });
 * const { loaded, missing } = await loadWeights(model, 'dm_nfnet_f0.safetensors', { head: 'replace' });
 * console.log(`${loaded.length} weights, and ${missing.length} of its own`);
 * ```
 */
export async function loadWeights(
  model: WeightedModel,
  source: WeightSource,
  options: LoadWeightsOptions = {},
): Promise<LoadedWeights> {
  assertModel('loadWeights', model);
  checkOptions<LoadWeightsOptions>('loadWeights', options, RULES, { instead: INSTEAD });
  const { strict = true, head, inputChannels, naming, spec, key, ema, prefix, allowNonFinite = false } = options;
  if (key !== undefined && ema !== undefined) {
    throw new RangeError('loadWeights: `key` names the weights, and `ema` has them looked for: pass one of both.');
  }
  const known = spec === undefined ? undefined : modelsSpec('loadWeights', model, spec);
  if (head !== undefined && !model.weights.some(({ originalName }) => originalName.startsWith(HEAD))) {
    throw new RangeError(`loadWeights: \`head\` needs a model with a classifier of the name ${HEAD.slice(0, -1)}.`);
  }
  return withWeights(source, { key, ema }, async (file, label) => {
    const chosen = chooseNaming(model, file, label, { naming, spec: known, prefix });
    const isKept = (name: string) => head === 'replace' && name.startsWith(HEAD);
    let adapted: MisshapenWeight | undefined;
    const adapt = (name: string, published: PublishedWeight, stored: StoredTensor) => {
      if (inputChannels === undefined || name !== STEM_KERNEL) return undefined;
      const made = adaptInputChannels(stored, published);
      if (made !== undefined) adapted = { name: stored.name, inFile: stored.shape, inModel: published.shape };
      return made;
    };
    const fit = fitWeights(chosen.names, file, chosen.match.names, isKept, adapt, prefix);
    const flaws = describeMisfit(fit);
    if (strict && flaws !== undefined) throw new TensorFileError(misfitMessage(label, chosen, file, fit, flaws));
    await checkValues(fit.fitting, label, allowNonFinite);
    const loaded = await inTurn(model, () => write(model, fit.fitting, options.onProgress));
    const { missing, unexpected, misshapen, passedOver } = fit;
    const { prefixes } = chosen.match;
    return {
      format: file.format,
      naming: chosen.naming,
      ...(file.key !== undefined && { key: file.key }),
      ...(file.ema !== undefined && { ema: file.ema }),
      ...(prefixes.length > 0 && { prefixes }),
      ...(adapted && { adapted }),
      loaded,
      missing,
      unexpected,
      misshapen,
      ...(passedOver.length > 0 && { passedOver }),
    };
  });
}

function misfitMessage(
  label: string,
  { naming, match }: ReturnType<typeof chooseNaming>,
  { key, otherKeys = [] }: WeightFile,
  { missing, misshapen, unexpected }: WeightFit,
  flaws: string,
): string {
  const found = [
    `names: ${naming}`,
    ...(key === undefined ? [] : [`key: "${key}"`]),
    ...(match.prefixes.length === 0 ? [] : [`prefix: ${match.prefixes.map((each) => `"${each}"`).join(', ')}`]),
  ];
  const isPart = missing.length > 0 && /-\d{5}-of-\d{5}\.\w+$/.test(label);
  const isChannels = misshapen.some(({ inFile, inModel }) => inFile.length === 4 && isOneSize(inFile, inModel));
  const [prefix, ...others] = match.prefixes;
  const isOutside = (name: string) => prefix !== undefined && others.length === 0 && !name.startsWith(prefix);
  const areBeside = unexpected.length > 0 && unexpected.every(isOutside);
  return [
    `loadWeights: ${label} does not fit the model (${found.join('; ')}).`,
    flaws,
    ...(isPart ? ['It is one part of several: pass the path of their index (.index.json).'] : []),
    ...(isChannels ? ["For images of another number of channels pass { inputChannels: 'adapt' }."] : []),
    ...(areBeside ? [`To pass over the names without the prefix pass { prefix: ${show(prefix)} }.`] : []),
    ...(missing.length > 0 && otherKeys.length > 0 ? [describeKeys(otherKeys)] : []),
    "To keep the model's own classifier pass { head: 'replace' }; to load what fits pass { strict: false }.",
  ].join('\n');
}

/** Whether the shapes of a kernel differ in the channels of its input alone, and three of those become another number. */
function isOneSize(inFile: readonly number[], inModel: readonly number[]): boolean {
  const axes = inFile.flatMap((size, axis) => (size === inModel[axis] ? [] : [axis]));
  return axes.length === 1 && (axes[0] === 1 || axes[0] === 2) && inFile[axes[0]] === 3;
}

/** Reads all values once, so that nothing is written of a file that is broken or has others than finite ones. */
async function checkValues(fitting: WeightFit['fitting'], label: string, allowNonFinite: boolean): Promise<void> {
  const scratch = new Scratch();
  for (const { stored } of fitting) {
    const values = await stored.read(scratch);
    if (allowNonFinite) continue;
    // x - x is 0, or NaN for what is not finite: much quicker than a test for each.
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += values[i]! - values[i]!;
    if (!Number.isNaN(sum)) continue;
    const place = values.findIndex((value) => !Number.isFinite(value));
    throw new TensorFileError(
      `loadWeights: "${stored.name}" of ${label} has values that are not finite: ${values[place]} at place ${place} of ${values.length}. ` +
        'Nothing was loaded. Pass { allowNonFinite: true } to load it all the same.',
    );
  }
}

/** Writes the values into the model, one tensor at a time. Gives the names. */
async function write(
  model: WeightedModel,
  fitting: WeightFit['fitting'],
  onProgress: LoadWeightsOptions['onProgress'],
): Promise<string[]> {
  const weights = new Map(model.weights.map((weight) => [weight.originalName, weight]));
  const loaded: string[] = [];
  const scratch = new Scratch();
  let thrown: { readonly error: unknown } | undefined;
  for (const { name, published, stored } of fitting) {
    // The engine may keep what it is given, so that only values on their way to another order can lie in the scratch.
    const values = toOurs(await stored.read(isMoved(published) ? scratch : undefined), published);
    const weight = weights.get(name)!;
    const tensor = tf.tensor(values, weight.shape as number[], 'float32');
    weight.write(tensor);
    tensor.dispose();
    loaded.push(name);
    try {
      onProgress?.(loaded.length, fitting.length);
    } catch (error) {
      thrown ??= { error };
    }
  }
  if (thrown !== undefined) throw thrown.error;
  return loaded;
}

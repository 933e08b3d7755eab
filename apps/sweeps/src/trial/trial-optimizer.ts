import {
  adaClip,
  adaGC,
  adaGN,
  adaptiveGradClip,
  addDecayedWeights,
  autoClip,
  clipByBlockRms,
  clipByGlobalNorm,
  clipByValue,
  type GradientTransform,
  spectralClip,
  spikeClip,
  type TransformedOptimizer,
  withTransforms,
  zClip,
} from '@nfnets/agc';
import { adamW, lamb, lars, muon, rmspropTF, sgd, stableAdamW } from '@nfnets/optimizers';
import { nearest } from '@nfnets/options';
import type { Optimizer } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { type Clip, type ClipRule, clipOf, type TrialConfig } from '../schema/index.js';
import { SweepError } from '../sweep-error.js';

type OptimizerName = NonNullable<TrialConfig['optimizer']>;

interface OptimizerSettings {
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
  readonly cautious: boolean;
  /** The last layer. */
  readonly head: string;
}

/** How each is made. Those that decay weights in their own way take the decay, the others get it as a transform. */
const OPTIMIZERS: Readonly<Record<OptimizerName, { make(settings: OptimizerSettings): Optimizer; ownDecay: boolean }>> =
  {
    sgd: {
      make: ({ learningRate, momentum, cautious }) => sgd({ learningRate, momentum, cautious }),
      ownDecay: false,
    },
    adamw: { make: (settings) => adamW(adaptive(settings)), ownDecay: true },
    stableadamw: { make: (settings) => stableAdamW(adaptive(settings)), ownDecay: true },
    lars: { make: ({ head: _, ...settings }) => lars(settings), ownDecay: true },
    lamb: { make: (settings) => lamb(adaptive(settings)), ownDecay: true },
    muon: {
      // At one rate with those that move as far as Adam does, for which a sweep compares it with them.
      make: ({ head, ...settings }) => muon({ ...settings, exclude: [head], adjustLearningRate: 'matchRmsAdamW' }),
      ownDecay: true,
    },
    rmsprop: {
      make: ({ learningRate, momentum, cautious }) => rmspropTF({ learningRate, momentum, cautious }),
      ownDecay: false,
    },
  };

const adaptive = ({ momentum, head: _, ...settings }: OptimizerSettings) => ({ ...settings, beta1: momentum });

/** How each rule is made of its settings. */
const RULES: Readonly<Record<ClipRule, (settings: Settings) => GradientTransform | GradientTransform[]>> = {
  agc: ({ factor, unit, form, eps, exclude }) => adaptiveGradClip({ clipFactor: factor, unit, form, eps, exclude }),
  adagc: ({ factor, maxNorm, beta, warmupSteps }) => adaGC({ relativeFactor: factor, maxNorm, beta, warmupSteps }),
  zclip: ({ zThreshold, mode, beta, warmupSteps }) => zClip({ zThreshold, mode, alpha: beta, warmupSteps }),
  autoclip: (settings) => autoClip({ percentile: settings.percentile, window: settings.window }),
  'block-rms': ({ maxRms }) => clipByBlockRms({ threshold: maxRms }),
  spike: ({ theta, beta, warmupSteps }) => spikeClip({ threshold: theta, beta, warmupSteps }),
  spectral: ({ maxNorm, form }) => spectralClip({ maxNorm, form }),
  'stable-spam': ({ beta }) => [adaClip({ gamma3: beta }), adaGN()],
  'global-norm': ({ maxNorm }) => clipByGlobalNorm({ maxNorm }),
  value: ({ maxValue }) => clipByValue({ maxValue }),
};
type Settings = { readonly [Name in Exclude<keyof Clip, 'rule'>]-?: NonNullable<Clip[Name]> };

/** Clip, then decay, then the optimizer: the order of Brock et al. 2021, in which the decay is never clipped. */
export function trialOptimizer(config: TrialConfig, model: LayersModel): TransformedOptimizer {
  const { optimizer = 'sgd', learningRate, momentum, weightDecay, cautious = false } = config;
  const { make, ownDecay } = OPTIMIZERS[optimizer];
  const clipping = trialClipping(config, model);
  const decay = weightDecay > 0 && !ownDecay ? [addDecayedWeights({ weightDecay })] : [];
  const head = model.layers.at(-1)!.name;
  const made = make({ learningRate: learningRate.base, momentum, weightDecay, cautious, head });
  return withTransforms(made, ...clipping, ...decay);
}

/** What clips the gradients of `model` by `config`: nothing, one transform, or several one after the other. */
export function trialClipping(config: TrialConfig, model: LayersModel): GradientTransform[] {
  const clip = clipOf(config);
  if (clip === undefined) return [];
  // By default the kernel of the last layer alone, as in Brock et al. 2021, §4.1.
  const patterns = clip.exclude ?? [`${model.layers.at(-1)!.name}/kernel`];
  const exclude = unclippedWeights(patterns, weightNames(model), config.clip ? 'clip.exclude' : 'clipExclude');
  return [RULES[clip.rule]({ ...clip, exclude } as unknown as Settings)].flat();
}

/**
 * The weights that `patterns` name: a weight (`linear/kernel`), a layer with all its weights (`linear`), and `*` for any
 * letters. Throws a `SweepError` for a pattern that fits none, which says that it stands under `key`. Pure.
 */
export function unclippedWeights(
  patterns: readonly string[],
  weights: readonly string[],
  key = 'clipExclude',
): string[] {
  return patterns.flatMap((pattern) => {
    const expression = new RegExp(`^${pattern.split('*').map(literally).join('.*')}(/[^/]+)?$`);
    const fitting = weights.filter((name) => expression.test(name));
    if (fitting.length > 0) return fitting;
    const layers = [...new Set(weights.map(layerOf))];
    const near = nearest(pattern, [...weights, ...layers]);
    // Of a layer that there is, what it has.
    const ofLayer = weights.filter((name) => layerOf(name) === layerOf(pattern));
    const list =
      ofLayer.length > 0
        ? `The weights of ${layerOf(pattern)}: ${ofLayer.join(', ')}`
        : `Its layers: ${layers.join(', ')}`;
    throw new SweepError(
      `trial.${key}: "${pattern}" fits no weight of the model${near ? `; did you mean ${near}?` : '.'} ${list}.`,
    );
  });
}

/** The trainable weights of `model`, by layer and weight. */
const weightNames = (model: LayersModel): string[] => model.trainableWeights.map(({ originalName }) => originalName);

const layerOf = (weight: string): string => weight.slice(0, weight.lastIndexOf('/'));
const literally = (text: string): string => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');

import { type AdaptiveGradClipArgs, adaptiveGradClip, addDecayedWeights, withTransforms } from '@nfnets/agc';
import { adamW, lamb, lars, muon, rmspropTF, sgd, stableAdamW } from '@nfnets/optimizers';
import { nearest } from '@nfnets/options';
import type { Optimizer } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { TrialConfig } from '../schema/index.js';
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

/** Clip, then decay, then the optimizer: the order of Brock et al. 2021, in which the decay is never clipped. */
export function trialOptimizer(config: TrialConfig, model: LayersModel) {
  const { optimizer = 'sgd', learningRate, momentum, weightDecay, cautious = false } = config;
  const { make, ownDecay } = OPTIMIZERS[optimizer];
  const clipping = clipOptions(config, model);
  const clip = clipping ? [adaptiveGradClip(clipping)] : [];
  const decay = weightDecay > 0 && !ownDecay ? [addDecayedWeights({ weightDecay })] : [];
  const head = model.layers.at(-1)!.name;
  const made = make({ learningRate: learningRate.base, momentum, weightDecay, cautious, head });
  return withTransforms(made, ...clip, ...decay);
}

/** How `config` clips the gradients of `model`; undefined when it does not. */
export function clipOptions(config: TrialConfig, model: LayersModel): AdaptiveGradClipArgs | undefined {
  const { clipFactor, clipEps } = config;
  // By default the kernel of the last layer alone, as in Brock et al. 2021, §4.1.
  const exclude = unclippedWeights(config.clipExclude ?? [`${model.layers.at(-1)!.name}/kernel`], weightNames(model));
  return clipFactor === 'off' ? undefined : { clipFactor, exclude, ...(clipEps ? { eps: clipEps } : {}) };
}

/**
 * The weights that `patterns` name: a weight (`linear/kernel`), a layer with all its weights (`linear`), and `*` for any
 * letters. Throws a `SweepError` for a pattern that fits none. Pure.
 */
export function unclippedWeights(patterns: readonly string[], weights: readonly string[]): string[] {
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
      `trial.clipExclude: "${pattern}" fits no weight of the model${near ? `; did you mean ${near}?` : '.'} ${list}.`,
    );
  });
}

/** The trainable weights of `model`, by layer and weight. */
const weightNames = (model: LayersModel): string[] => model.trainableWeights.map(({ originalName }) => originalName);

const layerOf = (weight: string): string => weight.slice(0, weight.lastIndexOf('/'));
const literally = (text: string): string => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');

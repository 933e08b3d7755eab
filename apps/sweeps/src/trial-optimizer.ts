import { adaptiveGradClip, addDecayedWeights, withTransforms } from '@nfnets/agc';
import { sgd } from '@nfnets/optimizers';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { nearMiss } from './describe-issues.js';
import { SweepError } from './sweep-error.js';
import type { TrialConfig } from './sweep-schema.js';

/** Clip, then decay, then momentum: the order of Brock et al. 2021, in which the decay is never clipped. */
export function trialOptimizer(config: TrialConfig, model: LayersModel) {
  const { learningRate, momentum, clipFactor, clipEps, weightDecay } = config;
  // By default the kernel of the last layer alone, as in Brock et al. 2021, §4.1.
  const exclude = unclippedWeights(config.clipExclude ?? [`${model.layers.at(-1)!.name}/kernel`], weightNames(model));
  const clip =
    clipFactor === 'off' ? [] : [adaptiveGradClip({ clipFactor, exclude, ...(clipEps ? { eps: clipEps } : {}) })];
  const decay = weightDecay > 0 ? [addDecayedWeights({ weightDecay })] : [];
  return withTransforms(sgd({ learningRate: learningRate.base, momentum }), ...clip, ...decay);
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
    const nearest = nearMiss(pattern, [...weights, ...new Set(weights.map(layerOf))]);
    throw new SweepError(
      `trial.clipExclude: "${pattern}" fits no weight of the model${nearest ? `; did you mean ${nearest}?` : '.'} Its layers: ${[...new Set(weights.map(layerOf))].join(', ')}.`,
    );
  });
}

/** The trainable weights of `model`, by layer and weight. */
const weightNames = (model: LayersModel): string[] => model.trainableWeights.map(({ originalName }) => originalName);

const layerOf = (weight: string): string => weight.slice(0, weight.lastIndexOf('/'));
const literally = (text: string): string => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');

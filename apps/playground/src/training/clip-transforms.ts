import {
  adaClip,
  adaGC,
  adaGN,
  adaptiveGradClip,
  autoClip,
  clipByBlockRms,
  clipByGlobalNorm,
  clipByValue,
  type GradientTransform,
  spectralClip,
  spikeClip,
  zClip,
} from '@nfnets/agc';
import type { ClipRule } from '../settings/index.js';

/** The weight that is not clipped, as in Brock et al. 2021: the classifier's. */
export const UNCLIPPED = ['linear/kernel'];

const MAKERS: Readonly<Record<ClipRule, (threshold: number) => readonly GradientTransform[]>> = {
  agc: (clipFactor) => [adaptiveGradClip({ clipFactor, exclude: UNCLIPPED })],
  adagc: (relativeFactor) => [adaGC({ relativeFactor })],
  zclip: (zThreshold) => [zClip({ zThreshold })],
  autoclip: (percentile) => [autoClip({ percentile })],
  'block-rms': (threshold) => [clipByBlockRms({ threshold })],
  spike: (threshold) => [spikeClip({ threshold })],
  spectral: (maxNorm) => [spectralClip({ maxNorm })],
  'stable-spam': (gamma3) => [adaClip({ gamma3 }), adaGN()],
  'global-norm': (maxNorm) => [clipByGlobalNorm({ maxNorm })],
  value: (maxValue) => [clipByValue({ maxValue })],
};

/** What clips the gradients by `rule`, with all other settings of the rule as they are by default. */
export const clipTransforms = (rule: ClipRule, threshold: number): readonly GradientTransform[] =>
  MAKERS[rule](threshold);

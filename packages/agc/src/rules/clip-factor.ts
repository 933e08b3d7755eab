import { assertPositive, checkOptions, oneOf, positive, rule } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import type { Named } from '../contract/named-config.js';
import type { TransformState } from '../contract/transform-state.js';

/** A clip factor that changes from step to step, and stays at `to` from then on. */
export interface ClipFactorSchedule {
  /** That of the first step, > 0. */
  readonly from: number;
  /** That after `steps` steps, > 0. */
  readonly to: number;
  /** Steps on the way, a whole number from 1 to 2^24. */
  readonly steps: number;
  /** At a constant rate, by half a cosine, or by a constant ratio. Default 'linear'. */
  readonly shape?: 'linear' | 'cosine' | 'exponential';
}

/** A clip factor for all steps, or one that changes. */
export type ClipFactor = number | Required<ClipFactorSchedule>;

// Steps are counted in single precision.
const MAX_STEPS = 2 ** 24;
const aNumberOfSteps = rule(
  `a whole number from 1 to ${MAX_STEPS}`,
  (value) => Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MAX_STEPS,
  'number',
);
const RULES = {
  from: positive,
  to: positive,
  steps: aNumberOfSteps,
  shape: oneOf(['linear', 'cosine', 'exponential']),
};

/** Checks a clip factor and fills in what a schedule leaves out. */
export function resolveClipFactor(who: string, given: number | ClipFactorSchedule): ClipFactor {
  if (typeof given !== 'object' || given === null) {
    assertPositive(who, 'clipFactor', given);
    return given;
  }
  checkOptions<ClipFactorSchedule>(`${who}: clipFactor`, given, RULES, { required: ['from', 'to', 'steps'] });
  const { from, to, steps, shape = 'linear' } = given;
  return { from, to, steps, shape };
}

/** The clip factor of the step that `state` has come to. */
export function clipFactorAt(factor: ClipFactor, state: TransformState): number | tf.Scalar {
  if (typeof factor === 'number') return factor;
  const { from, to, steps, shape } = factor;
  const done: tf.Scalar = tf.div(stepsOf(state), steps);
  if (shape === 'exponential') return tf.mul(from, tf.exp(tf.mul(done, Math.log(to / from))));
  const share = shape === 'linear' ? done : tf.mul(tf.sub(1, tf.cos(tf.mul(done, Math.PI))), 0.5);
  // Both ends come out exactly.
  return tf.add(tf.mul(tf.sub(1, share), from), tf.mul(share, to));
}

/** Counts a step, if the factor depends on it. */
export function countStep(factor: ClipFactor, state: TransformState): void {
  if (typeof factor === 'number') return;
  const steps = stepsOf(state);
  steps.assign(tf.minimum(tf.add(steps, 1), factor.steps));
}

/** As it stands in a saved config. */
export function clipFactorToConfig(factor: ClipFactor): tf.serialization.ConfigDict[string] {
  return typeof factor === 'number' ? factor : { ...factor, shape: { name: factor.shape } };
}

/** Undoes {@link clipFactorToConfig}. */
export function clipFactorFromConfig(value: unknown): number | ClipFactorSchedule {
  if (typeof value === 'number') return value;
  const { shape, ...rest } = value as Omit<ClipFactorSchedule, 'shape'> & { readonly shape: Named };
  return { ...rest, shape: shape.name as Required<ClipFactorSchedule>['shape'] };
}

const stepsOf = (state: TransformState) => state.shared('steps') as tf.Variable<tf.Rank.R0>;

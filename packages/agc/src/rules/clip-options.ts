import { anything, assertNames, assertPositive, checkOptions, oneOf, show } from '@nfnets/options';
import type { Unit, UnitSelection } from '../units/select-units.js';
import { type ClipFactor, type ClipFactorSchedule, resolveClipFactor } from './clip-factor.js';
import type { ClipForm } from './clip-unitwise.js';

/** Options of {@link adaptiveGradClip}. */
export interface AdaptiveGradClipArgs {
  /**
   * Largest allowed ratio of a unit's gradient norm to its parameter norm, > 0; or one that changes with the steps:
   * `{ from: 0.16, to: 0.01, steps: 1000, shape: 'cosine' }`. Default 0.16, for batches of up to
   * 512; for thousands take less, 0.01 for 4096 (Brock et al. 2021, figure 2b).
   */
  readonly clipFactor?: number | ClipFactorSchedule;
  /** Floor on the parameter norm, > 0, so that zero-initialized units can still move. Default 1e-3. */
  readonly eps?: number;
  /**
   * Layers (`'head'`) or weights of layers (`'head/kernel'`) that pass through unclipped, usually the classifier. Default none.
   * The suffix that tf gives to a repeated weight name (`head/kernel_1`) makes no difference.
   */
  readonly exclude?: readonly string[];
  /**
   * Axes that make up one output unit, for weights whose layout the shape does not tell, by layer or weight of a
   * layer: `{ 'upsample/kernel': [0, 1, 3] }`. A layer's axes leave its scalars and vectors alone. Default none.
   */
  readonly axes?: Readonly<Record<string, readonly number[]>>;
  /**
   * What is clipped by itself, but for weights that are named in `axes`. `'output'`: an output, as in DeepMind's code. `'tensor'`: every
   * tensor as a whole. `'gain-apart'`: an output, as in timm's `agc.py`, where also each element of a `gain` is one, while a `bias` and
   * other vectors are one unit. Default 'output'.
   */
  readonly unit?: 'output' | 'tensor' | 'gain-apart';
  /** `'hard'`: units above the limit are scaled down to it. `'soft'`: all are, the more the larger they are. Default 'hard'. */
  readonly form?: 'hard' | 'soft';
}

/** Checked options with the defaults filled in. */
export interface ClipOptions extends UnitSelection {
  readonly clipFactor: ClipFactor;
  readonly eps: number;
  readonly form: ClipForm;
}

const UNITS: readonly Unit[] = ['output', 'tensor', 'gain-apart'];
const FORMS: readonly ClipForm[] = ['hard', 'soft'];

/** Other values are looked at below. */
const RULES = {
  clipFactor: anything,
  eps: anything,
  exclude: anything,
  axes: anything,
  unit: oneOf(UNITS),
  form: oneOf(FORMS),
};

/** What optax and timm have. */
const INSTEAD = {
  clipping: 'It is `clipFactor` here.',
  norm_type: 'The norm is the Euclidean one.',
  mode: 'For other clippings there are clipByGlobalNorm() and clipByValue().',
};

/** Fills in the defaults and throws at the first option that cannot be used; `who` starts the message. */
export function resolveClipOptions(who: string, args: AdaptiveGradClipArgs): ClipOptions {
  checkOptions<AdaptiveGradClipArgs>(who, args, RULES, { instead: INSTEAD });
  const { clipFactor = 0.16, eps = 1e-3, exclude = [], axes = {}, unit = 'output', form = 'hard' } = args;
  const factor = resolveClipFactor(who, clipFactor);
  assertPositive(who, 'eps', eps);
  assertNames(who, 'exclude', exclude);
  assertAxes(who, axes);
  return { clipFactor: factor, eps, exclude: [...exclude], axes: { ...axes }, unit, form };
}

function assertAxes(who: string, axes: unknown): void {
  if (typeof axes !== 'object' || axes === null || Array.isArray(axes)) {
    throw new TypeError(`${who}: \`axes\` must be an object like { 'upsample/kernel': [0, 1, 3] }, got ${show(axes)}.`);
  }
  for (const [name, list] of Object.entries(axes)) {
    const isValid = Array.isArray(list) && list.every((axis) => Number.isInteger(axis) && axis >= 0);
    if (!isValid || new Set(list).size !== list.length) {
      throw new RangeError(
        `${who}: \`axes\` of '${name}' must be an array of different integers >= 0, got ${show(list)}.`,
      );
    }
  }
}

// A checked config in, trials out: the points of the axes, drawn or searched, each with its id. Also what decides by results:
// where a boundary search goes on, when a trial is not worth its time. All pure.

export { seedSettings } from './add-seeds.js';
export {
  type Axis,
  type AxisValue,
  axisOf,
  isAbsent,
  isContinuous,
  isGeometric,
  leaves,
  nameOfConfig,
  namingAxes,
  numbersOf,
  sweptAxes,
  valuesOf,
} from './axes.js';
export { canonicalJson, contentHash } from './canonical-json.js';
export { type Combination, combinationKey, combinationOf } from './combinations.js';
export { type Condition, matchesCondition } from './conditions.js';
export { countRepeats, repeatsLine } from './count-repeats.js';
export { diffPlans, type PlanDiff } from './diff-plans.js';
export { countPoints, groupAxes } from './draw-points.js';
export { orderTrials } from './order-trials.js';
export { planTrial, planTrials, sweepSeeds, trialBudget, trialConfigs } from './plan-trials.js';
export { pruneReason } from './prune-rule.js';
export { rowCondition } from './row-condition.js';
export { type Boundary, boundaries } from './search-boundary.js';
export { type Selection, selectTrials } from './select-trials.js';
export { SOBOL_DIMENSIONS } from './sobol.js';
export { type Sampler, sweepTrials } from './sweep-trials.js';
export { keysOfSeed, NoValueError, REFERENCE } from './trial-references.js';

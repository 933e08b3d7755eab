import { assertInteger, checkOptions, integerFrom, numberIn, type OptionRules, rule } from '@nfnets/options';

/** When a run counts as lost; options of {@link divergenceDetector}. */
export interface DivergenceOptions {
  /** How far in nats a loss must lie above both chance and the first loss to count. Default 1. */
  readonly margin?: number;
  /** Steps that are looked back on. Default 50; of `train`, a quarter of the run's steps, from 5 to 50. */
  readonly patience?: number;
  /** Steps from the start in which only a non-finite loss counts. Default 0; of `train`, the warm-up of its schedule. */
  readonly warmupSteps?: number;
  /**
   * How far in nats a loss may lie above the median of the `patience` losses before it; after warm-up. Default any distance,
   * since networks recover from most spikes.
   */
  readonly spike?: number;
}

/** What went wrong in a run. */
export type DivergenceKind =
  | 'non-finite-loss'
  | 'non-finite-gradient'
  | 'non-finite-weight'
  | 'non-finite-state'
  | 'non-finite-evaluation'
  | 'high-loss'
  | 'spike';

/** Why a run counts as lost, and since when. */
export interface Divergence {
  readonly kind: DivergenceKind;
  /** Why, for people: "the loss is NaN". */
  readonly reason: string;
  /** The layer where it began, where that can be told. */
  readonly layer?: string;
  /**
   * Number of the step, from 0, at which the run was lost: whose loss was the first to stay above the limit, or which was the
   * first not to be finite. It is told when it is sure, up to `patience` steps later.
   */
  readonly lostAt: number;
}

/** Steps that {@link divergenceDetector} looks back on in a run of `steps`: one of 14 steps has no 50 in which to show itself. */
export const defaultPatience = (steps: number) => Math.min(50, Math.max(5, Math.ceil(steps / 4)));

/** What a divergence detector remembers. */
export interface DivergenceState {
  steps: number;
  /** The loss above which a step counts as bad; null before the first. */
  limit: number | null;
  /** The losses looked back on. */
  recent: number[];
  /** Number of the step since which nine in ten losses are above the limit; null while they are not. Absent in older checkpoints. */
  highSince?: number | null;
  /** How many have been above it since then. */
  high?: number;
}

/** Says after each loss whether the run has diverged, and how; undefined while it has not. */
export interface DivergenceDetector {
  (loss: number): Divergence | undefined;
  /** Whether the last loss was above the limit. */
  readonly isAtRisk: boolean;
  /** What it remembers: another detector that is given it goes on where this one is. */
  readonly state: DivergenceState;
}

/** Share of the looked-back steps that must be bad: lets single good batches pass, not single bad ones. */
const BAD_SHARE = 0.9;

const RULES = {
  margin: numberIn(0),
  patience: integerFrom(1),
  warmupSteps: numberIn(0),
  spike: rule('a number > 0', (value) => typeof value === 'number' && value > 0, 'number'),
};

const STATE_RULES: OptionRules<DivergenceState> = {
  steps: integerFrom(0),
  limit: rule('a number, or null', (value) => value === null || (typeof value === 'number' && !Number.isNaN(value))),
  recent: rule('a list of losses', (value) => Array.isArray(value) && value.every((loss) => typeof loss === 'number')),
  highSince: rule('the number of a step, or null', (value) => value === null || integerFrom(0).holds(value)),
  high: integerFrom(0),
};

/** Throws for options of {@link divergenceDetector} that cannot be used; `who` starts the message. */
export function assertDivergenceOptions(who: string, options: DivergenceOptions): void {
  checkOptions<DivergenceOptions>(who, options, RULES);
}

/**
 * Makes a detector that is fed the loss of every step and answers with a kind and a reason once the run has diverged.
 *
 * Diverged means: the loss is not finite; or, after warm-up, at least nine in ten of the last `patience` losses lie
 * above `max(ln numClasses, first loss) + margin`. `ln numClasses` is the loss of a guess, with and without label
 * smoothing; the first loss is that of the untrained network. A network that starts badly and learns slowly, a
 * spike that it recovers from (unless `spike` is given), and one that has collapsed to a constant output (loss about `ln numClasses`) have not
 * diverged: the last is a bad result, and its accuracy says so.
 *
 * @param numClasses Classes of the data, at least 2: the loss of a guess is `ln numClasses`.
 * @param state Of another detector, which this one goes on from. Default that of a run that begins.
 * @throws RangeError or TypeError for options that it has not or cannot use.
 * @example
 * ```ts
 * import { divergenceDetector } from '@nfnets/trainer';
 *
 * const detect = divergenceDetector(10, { margin: 1, patience: 20, warmupSteps: 100 });
 * for (const loss of [2.3, 2.1, Number.NaN]) {
 *   const divergence = detect(loss);
 *   if (divergence) console.log(divergence.reason, divergence.lostAt); // the loss is NaN 2
 * }
 * ```
 */
export function divergenceDetector(
  numClasses: number,
  options: DivergenceOptions = {},
  state: DivergenceState = { steps: 0, limit: null, recent: [], highSince: null, high: 0 },
): DivergenceDetector {
  assertInteger('divergenceDetector', 'numClasses', numClasses, 1);
  assertDivergenceOptions('divergenceDetector', options);
  const required = ['steps', 'limit', 'recent'];
  checkOptions<DivergenceState>('divergenceDetector: state', state, STATE_RULES, { required });
  const { margin = 1, patience = 50, warmupSteps = 0, spike = Infinity } = options;
  const chance = Math.log(numClasses);
  const { recent } = state;
  let isAtRisk = false;
  const detect = (loss: number): Divergence | undefined => {
    if (typeof loss !== 'number') throw new TypeError(`divergenceDetector: \`loss\` must be a number, got ${loss}.`);
    const step = state.steps++;
    if (Number.isFinite(loss)) state.limit ??= Math.max(chance, loss) + margin;
    isAtRisk = !(loss <= (state.limit ?? Infinity));
    followHighLosses(state, step, isAtRisk);
    const lostAt = state.highSince ?? step;
    if (!Number.isFinite(loss)) return { kind: 'non-finite-loss', reason: `the loss is ${loss}`, lostAt };
    const limit = state.limit!;
    if (step < warmupSteps) return undefined;
    const usual = recent.length === patience ? median(recent) : Infinity;
    if (loss > usual + spike) {
      const reason = `the loss is ${loss.toFixed(2)}, and the median of the ${patience} losses before it ${usual.toFixed(2)}`;
      return { kind: 'spike', reason, lostAt };
    }
    recent.push(loss);
    if (recent.length > patience) recent.shift();
    const bad = recent.filter((loss) => loss > limit).length;
    if (recent.length < patience || bad < BAD_SHARE * patience) return undefined;
    const reason = `${bad} of the last ${patience} losses were above ${limit.toFixed(2)}, and a guess has ${chance.toFixed(2)}`;
    return { kind: 'high-loss', reason, lostAt };
  };
  return Object.defineProperty(Object.assign(detect, { state, isAtRisk }), 'isAtRisk', { get: () => isAtRisk });
}

/** Brings `state` up to date on when losses began to be too high: since then, nine in ten are. */
function followHighLosses(state: DivergenceState, step: number, isHigh: boolean): void {
  if (isHigh) {
    state.highSince ??= step;
    state.high = (state.high ?? 0) + 1;
  } else if (state.highSince != null && (state.high ?? 0) < BAD_SHARE * (step + 1 - state.highSince)) {
    state.highSince = null;
    state.high = 0;
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[(values.length - 1) >> 1]! + sorted[values.length >> 1]!) / 2;
}

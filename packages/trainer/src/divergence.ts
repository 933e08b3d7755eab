import { assertInRange, assertInteger } from './check-option.js';
import type { DivergenceState } from './checkpoint.js';

export interface DivergenceOptions {
  /** How far in nats a loss must lie above both chance and the first loss to count. Default 1. */
  readonly margin?: number;
  /** Steps that are looked back on. Default 50. */
  readonly patience?: number;
  /** Steps from the start in which only a non-finite loss counts. */
  readonly warmupSteps?: number;
}

/** Says after each loss whether the run has diverged: the reason, or undefined while it has not. */
export interface DivergenceDetector {
  (loss: number): string | undefined;
  /** What it remembers: another detector that is given it goes on where this one is. */
  readonly state: DivergenceState;
}

/** Share of the looked-back steps that must be bad: lets single good batches pass, not single bad ones. */
const BAD_SHARE = 0.9;

/**
 * Makes a detector that is fed the loss of every step and answers with a reason once the run has diverged.
 *
 * Diverged means: the loss is not finite; or, after warm-up, at least nine in ten of the last `patience` losses lie
 * above `max(ln numClasses, first loss) + margin`. `ln numClasses` is the loss of a guess, with and without label
 * smoothing; the first loss is that of the untrained network. A network that starts badly and learns slowly, a
 * spike that it recovers from, and one that has collapsed to a constant output (loss about `ln numClasses`) have not
 * diverged: the last is a bad result, and its accuracy says so.
 */
export function divergenceDetector(
  numClasses: number,
  options: DivergenceOptions = {},
  state: DivergenceState = { steps: 0, limit: null, recent: [] },
): DivergenceDetector {
  const { margin = 1, patience = 50, warmupSteps = 0 } = options;
  assertInRange('divergenceDetector', 'margin', margin, 0);
  assertInteger('divergenceDetector', 'patience', patience, 1);
  assertInRange('divergenceDetector', 'warmupSteps', warmupSteps, 0);
  const chance = Math.log(numClasses);
  const { recent } = state;
  const detect = (loss: number): string | undefined => {
    const step = state.steps++;
    if (!Number.isFinite(loss)) return `the loss is ${loss}`;
    state.limit ??= Math.max(chance, loss) + margin;
    if (step < warmupSteps) return undefined;
    recent.push(loss > state.limit);
    if (recent.length > patience) recent.shift();
    const bad = recent.filter(Boolean).length;
    if (recent.length < patience || bad < BAD_SHARE * patience) return undefined;
    return `${bad} of the last ${patience} losses were above ${state.limit.toFixed(2)}, and a guess has ${chance.toFixed(2)}`;
  };
  return Object.assign(detect, { state });
}

import type { Evaluation } from '../evaluation/evaluate.js';
import type { Divergence, DivergenceDetector } from './divergence.js';

/** Losses above the limit at the end of a run that are no chance. */
const TOO_MANY = 3;

/** How a run ended. */
export interface RunsEnd {
  /** Loss of the last step. */
  readonly loss: number;
  /** Of the network at the end, if it was evaluated. */
  readonly evaluation?: Evaluation | undefined;
  /** Computes the loss of the last batch with the weights at the end; undefined where there is none. */
  readonly closingLoss: () => Promise<number | undefined>;
  /** How far a loss must lie above another to count, in nats. */
  readonly margin: number;
}

/**
 * Says whether a run that is over had diverged in its last steps, too late for the detector to be sure; undefined if it had not.
 *
 * It had if the loss of the last batch with the final weights lies above the limit, and more than `margin` above what it was before
 * the last update, or the last three losses were above the limit too. An evaluation with a loss below the limit clears the run; one
 * above it does not convict it, as a network that knows its training data by heart has that as well.
 */
export async function findLateDivergence(
  { state }: DivergenceDetector,
  { loss, evaluation, closingLoss, margin }: RunsEnd,
): Promise<Divergence | undefined> {
  const { limit, highSince, steps } = state;
  if (limit === null || (evaluation && evaluation.loss <= limit)) return undefined;
  const closing = await closingLoss();
  if (closing === undefined) return undefined;
  const lostAt = highSince ?? steps - 1;
  const before = `was ${show(loss)} before the last update`;
  if (!Number.isFinite(closing)) {
    const reason = `the loss of the last batch is ${closing} with the final weights, and ${before}`;
    return { kind: 'non-finite-loss', reason, lostAt };
  }
  const high = highSince == null ? 0 : steps - highSince;
  if (closing <= limit || (closing <= loss + margin && high < TOO_MANY)) return undefined;
  const tested = evaluation ? `, that of the evaluation ${show(evaluation.loss)}` : '';
  const reason = `the loss of the last batch is ${show(closing)} with the final weights${tested}, above ${limit.toFixed(2)}, and ${before}`;
  return { kind: 'high-loss', reason, lostAt };
}

const show = (loss: number) => (Math.abs(loss) < 1e4 ? loss.toFixed(2) : loss.toExponential(1));

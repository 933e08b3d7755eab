import type { MetricsLine, ProgressLine } from '../schema/index.js';

/** How the losses of a trial that was run again differ from those of the first time. */
export interface LossComparison {
  /** Steps that both have. */
  readonly steps: number;
  /** First step whose loss is not the same to the bit; absent where all are. */
  readonly firstDifference?: number;
  /** Largest relative difference of a loss. */
  readonly largest: number;
}

/** Compares the losses by step. Pure. */
export function compareLosses(before: readonly MetricsLine[], after: readonly MetricsLine[]): LossComparison {
  const losses = new Map(stepLines(after).map(({ step, loss }) => [step, loss]));
  const pairs = stepLines(before).flatMap(({ step, loss }) => {
    const other = losses.get(step);
    return other === undefined ? [] : [{ step, difference: relativeDifference(loss, other) }];
  });
  const first = pairs.find(({ difference }) => difference > 0);
  return {
    steps: pairs.length,
    ...(first ? { firstDifference: first.step } : {}),
    largest: pairs.reduce((most, { difference }) => Math.max(most, difference), 0),
  };
}

function stepLines(lines: readonly MetricsLine[]): readonly Pick<ProgressLine, 'step' | 'loss'>[] {
  const isOf =
    (type: ProgressLine['type']) =>
    (line: MetricsLine): line is ProgressLine =>
      line.type === type;
  const steps = lines.filter(isOf('step'));
  // A function of one's own may tell no losses of steps: then it is what it measured.
  return steps.length > 0
    ? steps
    : lines.filter(isOf('epoch')).map(({ step, accuracy, loss }) => ({ step, loss: accuracy ?? loss }));
}

/** NaN is the same as another NaN, an infinity as itself; every other number is infinitely far from them. */
function relativeDifference(a: number, b: number): number {
  if (Object.is(a, b) || a === b) return 0;
  if (!Number.isFinite(a) || !Number.isFinite(b)) return Number.POSITIVE_INFINITY;
  return Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b));
}

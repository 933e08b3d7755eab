import { Chart, type ChartMark } from '@nfnets/charts';
import { useMemo } from 'preact/hooks';
import { describeRun } from './run-history.js';
import type { Histories } from './use-pair.js';

interface PairChartsProps {
  readonly histories: Histories;
  readonly names: readonly [plain: string, clipped: string];
  /** Steps of a run; unknown before it begins. */
  readonly steps: number | undefined;
  readonly theme: string;
}

/** More than this is lost beyond doubt, and would flatten all that is not. */
const HIGHEST_LOSS = 1e4;

/** Loss and test accuracy of both runs by step, with the step at which one was lost. */
export function PairCharts({ histories, names, steps, theme }: PairChartsProps) {
  const { plain, clipped } = histories;
  const losses = useMemo(
    () => [plain, clipped].map(({ losses }, i) => ({ label: names[i]!, points: losses })),
    [plain.losses, clipped.losses, names[1]],
  );
  const accuracies = useMemo(
    () => [plain, clipped].map(({ accuracies }, i) => ({ label: names[i]!, points: accuracies, showsPoints: true })),
    [plain.accuracies, clipped.accuracies, names[1]],
  );
  const marks = useMemo(() => divergenceMarks(histories), [plain.lostAt, clipped.lostAt]);
  const summary = (what: string) =>
    `${what} by step. ${names[0]}: ${describeRun(plain)}. ${names[1]}: ${describeRun(clipped)}.`;
  return (
    <div class="pair-charts">
      <Chart
        title="Training loss (logarithmic)"
        xTitle="step"
        lines={losses}
        marks={marks}
        limit={HIGHEST_LOSS}
        isLog
        xEnd={steps}
        summary={summary('Training loss')}
        theme={theme}
      />
      <Chart
        title="Test accuracy (%)"
        xTitle="step"
        lines={accuracies}
        marks={marks}
        xEnd={steps}
        summary={summary('Test accuracy')}
        theme={theme}
      />
    </div>
  );
}

/** Where a run was lost, as lines across the charts. Pure. */
function divergenceMarks({ plain, clipped }: Histories): ChartMark[] {
  return [plain, clipped].flatMap(({ lostAt }) =>
    lostAt === undefined ? [] : [{ x: lostAt, label: `diverged at step ${lostAt}` }],
  );
}

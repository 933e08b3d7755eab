import { Chart, type ChartLine } from '@nfnets/charts';
import { isFigure } from '../src/text/format-values.js';
import type { LiveTrial, MetricsLine } from './messages.js';

interface CurvesProps {
  readonly trials: readonly LiveTrial[];
  readonly names: readonly string[];
  readonly metrics: ReadonlyMap<string, readonly MetricsLine[]>;
  readonly theme: string;
}

/** A gap in the line where a value is none. */
const figureOf = (value: unknown): number | null => (isFigure(value) ? value : null);

/** Training loss and test accuracy of some trials. */
export function Curves({ trials, names, metrics, theme }: CurvesProps) {
  const of = <T,>(pick: (line: MetricsLine) => T[]) => trials.map(({ id }) => (metrics.get(id) ?? []).flatMap(pick));
  const losses = of((line): [number, number | null][] =>
    line.type === 'step' ? [[line.samples, figureOf(line.loss)]] : [],
  );
  const accuracies = of((line): [number, number | null][] =>
    line.type === 'epoch' ? [[line.samples, figureOf(100 * (line.accuracy ?? Number.NaN))]] : [],
  );
  const lines = (points: typeof losses, showsPoints = false): ChartLine[] =>
    names.map((label, i) => ({ label, points: points[i]!, showsPoints }));
  const first = Math.max(1, ...losses.map((points) => points.find(([, loss]) => loss !== null)?.[1] ?? 1));
  if (losses.every((points) => points.length === 0)) return <p class="muted">No step yet.</p>;
  return (
    <div class="charts">
      <Chart title="Training loss" xTitle="images seen" lines={lines(losses)} limit={1.5 * first} theme={theme} />
      {accuracies.some((points) => points.length > 0) && (
        <Chart title="Test accuracy (%)" xTitle="images seen" lines={lines(accuracies, true)} theme={theme} />
      )}
    </div>
  );
}

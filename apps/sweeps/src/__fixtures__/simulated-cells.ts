import { readdirSync, readFileSync } from 'node:fs';
import { canonicalJson } from '../plan/canonical-json.js';
import { mulberry32 } from '../statistics/mulberry32.js';
import { groupBy } from '../report/figures/group-by.js';
import type { SweepSummary } from '../report/summarize.js';
import type { Cell } from '../report/verdict/cells.js';
import { sampleSd } from '../statistics/sample-statistics.js';

const RECORDED = new URL('../../../../docs/sweeps/', import.meta.url);

/** Standard deviations over seeds, in percentage points, of the cells of all recorded sweeps. */
export function recordedDeviations(): number[] {
  return readdirSync(RECORDED).flatMap((name) => {
    const { trials } = JSON.parse(readFileSync(new URL(`${name}/summary.json`, RECORDED), 'utf8')) as SweepSummary;
    const done = trials.filter(({ status }) => status === 'done');
    const cells = groupBy(done, ({ config: { seed: _, repeat: __, ...values } }) => canonicalJson(values));
    return [...cells.values()].flatMap((cell) =>
      cell.length > 1 ? sampleSd(cell.map(({ metrics }) => 100 * metrics['accuracy']!)) : [],
    );
  });
}

/** How a made-up sweep looks. */
export interface SimulatedSweep {
  /** Batch sizes, at each of which the first two clip factors are compared. */
  readonly rows: number;
  readonly levels: number;
  /** Percentage points that the second clip factor is better, at every batch size. */
  readonly effect: number;
  /** Draws the standard deviation of a cell. */
  readonly deviation: (random: () => number) => number;
  /** Whether both have the same seeds, whose part in an accuracy they share then. */
  readonly isPaired: boolean;
}

/** Sweeps that go on with more seeds: those of before stay what they are. */
export function simulatedSweep(
  { rows, levels, effect, deviation, isPaired }: SimulatedSweep,
  random: () => number,
): (seeds: number) => Cell[] {
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const ofSeed: number[][] = Array.from({ length: rows }, () => []);
  const cells = Array.from({ length: rows * levels }, (_, i) => ({
    row: i % rows,
    level: Math.floor(i / rows),
    sd: deviation(random),
    drawn: [] as number[],
  }));
  return (seeds) =>
    cells.map(({ row, level, sd, drawn }) => {
      while (drawn.length < seeds) {
        const shared = (ofSeed[row]![drawn.length] ??= normal());
        drawn.push(90 + (level === 1 ? effect : 0) + sd * normal() + (isPaired ? shared : 0));
      }
      const first = isPaired ? 0 : 1000 * level;
      return {
        values: { batchSize: row, clipFactor: level },
        accuracies: new Map(drawn.slice(0, seeds).map((value, i) => [String(first + i), value])),
        diverged: 0,
        pruned: 0,
        trials: drawn.slice(0, seeds).map((_, i) => `${row} ${level} ${i}`),
      };
    });
}

export const randomOf = (seed: number): (() => number) => mulberry32(seed);

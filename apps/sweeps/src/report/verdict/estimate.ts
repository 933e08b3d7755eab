import { fitNoise, meanOf, moderate, type NoisePrior, type Pilot, sampleSd } from '../../statistics/index.js';
import type { Cell } from './cells.js';
import type { CellPair } from './match-cells.js';

/** What all cells say about the noise of one, in squared percentage points. */
export interface Noise {
  /** Of the difference between two cells at a seed. */
  readonly pairs: NoisePrior;
  /** Of the accuracy of a cell. */
  readonly cells: NoisePrior;
}

/** B - A in percentage points, with the noise that it has. */
export interface Estimate {
  readonly design: 'paired' | 'unpaired';
  readonly difference: number;
  /** Standard error of the difference; 0 where no noise is known. */
  readonly error: number;
  readonly freedom: number;
  readonly pilot: Pilot;
  /** Pairs; unpaired, trials of A and of B. */
  readonly samples: readonly number[];
}

/** The noise of a run: of its cells, and of those pairs of cells that share no cell, in `groups` of what differs in one thing alone. Pure. */
export function noiseOf(groups: readonly (readonly Cell[])[]): Noise {
  const cells = groups.flat().map(({ accuracies }) => varianceOf([...accuracies.values()]));
  const pairs = groups.flatMap((group) =>
    Array.from({ length: group.length >> 1 }, (_, i) =>
      varianceOf(differencesOf({ a: group[2 * i]!, b: group[2 * i + 1]! })),
    ),
  );
  return { pairs: fitNoise(pairs), cells: fitNoise(cells) };
}

/** How much better B is than A among the trials that were trained to the end; undefined where one of them has none. Pure. */
export function estimate({ a, b }: CellPair, noise: Noise): Estimate | undefined {
  const differences = differencesOf({ a, b });
  const alone = a.accuracies.size + b.accuracies.size - 2 * differences.length;
  if (differences.length > 0 && differences.length >= alone) {
    const { variance, freedom } = known(moderate(varianceOf(differences), noise.pairs), 2 * leastVariance(a));
    const samples = differences.length;
    return {
      design: 'paired',
      difference: meanOf(differences),
      error: Math.sqrt(variance / samples),
      freedom,
      pilot: { sd: Math.sqrt(variance), freedom, samples, freedomOfSample: 1 },
      samples: [samples],
    };
  }
  const [left, right] = [a, b].map(({ accuracies }) => [...accuracies.values()]) as [number[], number[]];
  if (left.length === 0 || right.length === 0) return undefined;
  const sides = [left, right].map((values) => ({
    count: values.length,
    ...known(moderate(varianceOf(values), noise.cells), leastVariance(a)),
  }));
  const square = sides.reduce((sum, { variance, count }) => sum + variance / count, 0);
  // Welch and Satterthwaite.
  const parts = sides.reduce((sum, { variance, count, freedom }) => sum + (variance / count) ** 2 / freedom, 0);
  const freedom = parts > 0 ? square ** 2 / parts : 0;
  const isKnown = sides.every((side) => side.freedom > 0);
  return {
    design: 'unpaired',
    difference: meanOf(right) - meanOf(left),
    error: isKnown ? Math.sqrt(square) : 0,
    freedom: isKnown ? freedom : 0,
    pilot: {
      sd: isKnown ? Math.sqrt(sides.reduce((sum, { variance }) => sum + variance, 0)) : 0,
      freedom: isKnown ? freedom : 0,
      samples: Math.min(left.length, right.length),
      freedomOfSample: 2,
    },
    samples: [left.length, right.length],
  };
}

/** B - A of the seeds that both were trained to the end with. */
function differencesOf({ a, b }: CellPair): number[] {
  return [...a.accuracies].flatMap(([seed, accuracy]) => {
    const other = b.accuracies.get(seed);
    return other === undefined ? [] : other - accuracy;
  });
}

/** Accuracies come in steps of one test image: values between two of them are not told apart. */
function leastVariance({ values }: Cell): number {
  const images = values['dataset.test'];
  return typeof images === 'number' ? (100 / images) ** 2 / 12 : 0;
}

/** A variance that is known of is at least `least`. */
const known = ({ variance, freedom }: { variance: number; freedom: number }, least: number) => ({
  variance: freedom > 0 ? Math.max(variance, least) : 0,
  freedom,
});

const varianceOf = (values: readonly number[]) => ({
  variance: sampleSd(values) ** 2,
  freedom: Math.max(0, values.length - 1),
});

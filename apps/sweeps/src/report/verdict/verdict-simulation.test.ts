import { describe, expect, it } from 'vitest';
import {
  randomOf,
  recordedDeviations,
  type SimulatedSweep,
  simulatedSweep,
} from '../../__fixtures__/simulated-cells.js';
import type { Cell } from './cells.js';
import { noiseOf } from './estimate.js';
import { judge, type VerdictGoal } from './judge.js';
import { matchCells } from './match-cells.js';

const goal: VerdictGoal = { level: 0.05, margin: 0.5, power: 0.8, looks: 2 };
/** Of how many seeds it asks for nothing is told. */
const once: VerdictGoal = { ...goal, looks: 1, power: 1e-9 };
const SWEEPS = 2000;
/** Nobody waits for more. */
const MOST_SEEDS = 300;

const recorded = recordedDeviations();
const anyOf = (values: readonly number[]) => (random: () => number) => values[Math.floor(random() * values.length)]!;
const sweep = (changes: Partial<SimulatedSweep>): SimulatedSweep => ({
  rows: 12,
  levels: 2,
  effect: 0,
  deviation: anyOf(recorded),
  isPaired: true,
  ...changes,
});

/** B against A at the first batch size, or at all. */
function look(cells: readonly Cell[], asked: VerdictGoal, isOne = true) {
  const side = (level: number) =>
    cells.filter(({ values }) => values['clipFactor'] === level && (!isOne || values['batchSize'] === 0));
  const matched = matchCells(side(0), side(1), cells);
  return judge(matched, asked, noiseOf(matched.groups));
}

/** The share of sweeps of which `isSo`; 2,000 of them give a share of 5 % to 1 point, of 80 % to 2. */
function shareOf(shape: SimulatedSweep, isSo: (make: (seeds: number) => Cell[]) => boolean | undefined) {
  const random = randomOf(1);
  let [so, asked] = [0, 0];
  for (let i = 0; i < SWEEPS; i++) {
    const answer = isSo(simulatedSweep(shape, random));
    if (answer !== undefined) asked++;
    if (answer) so++;
  }
  return { share: so / asked, asked };
}

/** 0.1 to 0.8 points: what is left of the recorded cells where nothing is at the edge of diverging. */
const steady = recorded.filter((sd) => sd > 0.1 && sd < 1);

describe('of 2,000 simulated sweeps in which B is no better', () => {
  it.each([
    ['as recorded, from 0.02 to 43 points', sweep({})],
    ['of the steady recorded cells', sweep({ deviation: anyOf(steady) })],
    ['equal, of 0.4 points', sweep({ deviation: () => 0.4 })],
    ['of one pair of cells alone', sweep({ rows: 1, deviation: () => 0.4 })],
    ['equal and unpaired', sweep({ deviation: () => 0.4, isPaired: false })],
  ] as const)('5 % are kept at one look, with noise %s', (_, shape) => {
    const { share } = shareOf(shape, (make) => look(make(3), once)[0]!.answer === 'keep');
    expect(share).toBeGreaterThan(0.04);
    expect(share).toBeLessThan(0.06);
  });

  it.each([
    ['as recorded', sweep({})],
    ['of the steady recorded cells', sweep({ deviation: anyOf(steady) })],
    ['equal', sweep({ deviation: () => 0.4 })],
  ] as const)('at most 5 % keep any of twelve comparisons, with noise %s', (_, shape) => {
    const { share } = shareOf(shape, (make) => look(make(3), once, false).some(({ answer }) => answer === 'keep'));
    expect(share).toBeLessThan(0.06);
  });
});

describe('of 2,000 simulated sweeps that are tested again as it says', () => {
  const shapes = [
    ['equal, of 0.4 points', sweep({ deviation: () => 0.4 })],
    ['equal, of 0.7 points', sweep({ deviation: () => 0.7 })],
    ['of the steady recorded cells', sweep({ deviation: anyOf(steady) })],
    ['equal and unpaired', sweep({ deviation: () => 0.7, isPaired: false })],
  ] as const;

  it.each(shapes)('80 % keep a B that is better by the margin, with noise %s', (_, shape) => {
    const { share, asked } = shareOf({ ...shape, effect: goal.margin }, (make) => {
      const { answer, seeds } = look(make(3), goal)[0]!;
      return answer !== 'test again' || seeds! > MOST_SEEDS
        ? undefined
        : look(make(seeds!), goal)[0]!.answer === 'keep';
    });
    expect(asked).toBeGreaterThan(SWEEPS / 4);
    expect(share).toBeGreaterThan(0.75);
    expect(share).toBeLessThan(0.85);
  });

  it.each(shapes)('5 % keep a B that is no better, at the first look or the second, with noise %s', (_, shape) => {
    const { share } = shareOf(shape, (make) => {
      const { answer, seeds } = look(make(3), goal)[0]!;
      if (answer !== 'test again') return answer === 'keep';
      return seeds! <= MOST_SEEDS && look(make(seeds!), goal)[0]!.answer === 'keep';
    });
    expect(share).toBeGreaterThan(0.03);
    expect(share).toBeLessThan(0.06);
  });
});

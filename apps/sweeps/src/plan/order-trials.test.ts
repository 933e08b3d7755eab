import { describe, expect, it } from 'vitest';
import { tinyConfig } from '../__fixtures__/quick-config.js';
import { orderTrials } from './order-trials.js';
import { planTrials } from './plan-trials.js';

const ordered = (order: string, ...overrides: string[]) => {
  const config = tinyConfig(`order=${order}`, ...overrides);
  return orderTrials(planTrials(config), config).map((trial) => trial.config);
};
const clips = (order: string, count: number, ...overrides: string[]) => {
  const values = Array.from({ length: count }, (_, i) => (i + 1) / 100);
  return ordered(order, `axes.clipFactor=[${values}]`, 'axes.batchSize=256', ...overrides).map(({ clipFactor }) =>
    Math.round(100 * Number(clipFactor)),
  );
};

describe('from coarse to fine', () => {
  it.each([
    [2, [1, 2]],
    [3, [1, 3, 2]],
    [5, [1, 5, 3, 2, 4]],
    // Strides of 8, 4, 2 and 1.
    [9, [1, 9, 5, 3, 7, 2, 4, 6, 8]],
    [6, [1, 5, 3, 2, 4, 6]],
  ])('every other of %i values comes first, and of those again every other', (count, expected) => {
    expect(clips('coarse-to-fine', count)).toEqual(expected);
  });

  it('a map has its corners first, and a cell is as fine as the finer of its two values', () => {
    const cells = ordered('coarse-to-fine', 'axes.clipFactor=0.01,0.02,0.03', 'axes.batchSize=128,256,512');
    const places = cells.map(({ clipFactor, batchSize }) => `${Math.round(100 * Number(clipFactor))} ${batchSize}`);
    expect(new Set(places.slice(0, 4))).toEqual(new Set(['1 128', '1 512', '3 128', '3 512']));
    // Of equal coarseness the longest first: small batches take most steps.
    expect(places.slice(0, 2)).toEqual(['1 128', '3 128']);
    expect(places).toHaveLength(9);
  });

  it('comes with one seed before the next, also where keys follow the seed', () => {
    const trials = ordered(
      'coarse-to-fine',
      'axes.clipFactor=0.01,0.02,0.03',
      'axes.batchSize=256',
      'seeds=2',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the sweep's own
      'trial.dataset.splitSeed=${trial.seed}',
    );
    expect(trials.map(({ seed, clipFactor }) => [seed, clipFactor])).toEqual([
      [1, 0.01],
      [1, 0.03],
      [1, 0.02],
      [2, 0.01],
      [2, 0.03],
      [2, 0.02],
    ]);
  });
});

describe('at random', () => {
  it('is the same each time, another with another seed, and stays where trials are added', () => {
    const first = clips('random', 8);
    expect(first).not.toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(first.toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(clips('random', 8)).toEqual(first);
    expect(clips('random', 8, 'trial.seed=2')).not.toEqual(first);
    expect(clips('random', 12).filter((value) => value <= 8)).toEqual(first);
  });
});

it('is no part of what a trial is', () => {
  const ids = (...overrides: string[]) => planTrials(tinyConfig(...overrides)).map(({ id }) => id);
  for (const order of ['longest', 'random', 'coarse-to-fine']) expect(ids(`order=${order}`)).toEqual(ids());
});

it('by length has the most steps first', () => {
  expect(ordered('longest').map(({ batchSize }) => batchSize)).toEqual([256, 256, 512, 512]);
});

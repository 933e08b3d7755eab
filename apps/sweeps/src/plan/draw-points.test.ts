import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isWholeKey, TRIAL_KEYS } from '../schema/trial-keys.js';
import { countPoints, drawPoints } from './draw-points.js';

const axes = { clipFactor: ['off', 0.01], batchSize: [64, 256, 1024], seed: [1, 2, 3] };

describe('drawPoints', () => {
  it('takes all combinations in a grid, the last axis fastest', () => {
    const points = drawPoints({ axes: { clipFactor: axes.clipFactor, batchSize: [64, 256] } });
    expect(points.map(({ clipFactor, batchSize }) => [clipFactor, batchSize])).toEqual([
      ['off', 64],
      ['off', 256],
      [0.01, 64],
      [0.01, 256],
    ]);
    expect(drawPoints({ axes: {} })).toEqual([{}]);
  });

  it('lets zipped axes advance together, at the place of the first', () => {
    const points = drawPoints({ axes, zip: [['batchSize', 'seed']] });
    expect(points).toHaveLength(6);
    expect(points.slice(0, 3)).toEqual([
      { clipFactor: 'off', batchSize: 64, seed: 1 },
      { clipFactor: 'off', batchSize: 256, seed: 2 },
      { clipFactor: 'off', batchSize: 1024, seed: 3 },
    ]);
  });

  it.each(['random', 'sobol'] as const)(
    'draws %s points that more of them, or another axis, leave as they are',
    (name) => {
      const draw = (count: number, seed = 1) => drawPoints({ axes, method: { name, count, seed } });
      expect(draw(20)).toHaveLength(20);
      expect(draw(40).slice(0, 20)).toEqual(draw(20));
      expect(draw(20, 2)).not.toEqual(draw(20));
      const fewer = drawPoints({ axes: { clipFactor: axes.clipFactor }, method: { name, count: 20, seed: 1 } });
      expect(fewer.map(({ clipFactor }) => clipFactor)).toEqual(draw(20).map(({ clipFactor }) => clipFactor));
    },
  );

  it('spreads Sobol points evenly: each of 8 equal parts of an axis has 8 of 64', () => {
    const method = { name: 'sobol', count: 64, seed: 5 } as const;
    const points = drawPoints({ axes: { momentum: { range: [0, 8] }, weightDecay: { range: [0, 8] } }, method });
    for (const key of ['momentum', 'weightDecay']) {
      const counts = new Map<number, number>();
      for (const point of points) {
        const part = Math.floor(point[key] as number);
        counts.set(part, (counts.get(part) ?? 0) + 1);
      }
      // A shift moves the grid of 64 cells by a part of one.
      expect([...counts.values()].every((count) => Math.abs(count - 8) <= 1)).toBe(true);
    }
  });

  it('counts without making', () => {
    const range = { range: [1, 1000, 1] };
    expect(countPoints({ axes: { seed: range, steps: range, batchSize: range } })).toBe(1e9);
    expect(countPoints({ axes, zip: [['batchSize', 'seed']] })).toBe(6);
    expect(countPoints({ axes, method: { name: 'random', count: 7, seed: 1 } })).toBe(7);
  });
});

it('draws whole numbers for every key that takes no others, by every method', () => {
  const whole = [...TRIAL_KEYS.keys()].filter(isWholeKey);
  expect(whole).toEqual(
    expect.arrayContaining([
      'batchSize',
      'dataset.train',
      'epochs',
      'learningRate.per',
      'microBatch',
      'samples',
      'seed',
      'steps',
    ]),
  );
  expect(['clipFactor', 'dropRate', 'learningRate.base', 'momentum', 'model'].some(isWholeKey)).toBe(false);
  const spacing = fc
    .record({ from: fc.integer({ min: 1, max: 50 }), width: fc.integer({ min: 1, max: 1000 }), isLog: fc.boolean() })
    .map(({ from, width, isLog }) => ({ [isLog ? 'logRange' : 'range']: [from, from + width] }));
  fc.assert(
    fc.property(
      fc.constantFrom(...whole),
      spacing,
      fc.constantFrom('random' as const, 'sobol' as const),
      (key, axis, name) => {
        const [from, to] = Object.values(axis)[0] as [number, number];
        for (const point of drawPoints({ axes: { [key]: axis }, method: { name, count: 8, seed: 1 } })) {
          const value = point[key] as number;
          expect(Number.isInteger(value) && value >= from && value <= to).toBe(true);
        }
      },
    ),
  );
  // Both ends come up.
  const drawn = drawPoints({ axes: { batchSize: { range: [8, 10] } }, method: { name: 'sobol', count: 16, seed: 1 } });
  expect(new Set(drawn.map(({ batchSize }) => batchSize))).toEqual(new Set([8, 9, 10]));
});

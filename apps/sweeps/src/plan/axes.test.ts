import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { axisOf, isContinuous, namingAxes } from './axes.js';

const labelsOf = (path: string, values: readonly (string | number | undefined)[]) => {
  const axis = axisOf(
    path,
    values.map((value) => ({ [path]: value })),
  );
  return values.map(axis.label);
};

describe('the labels of an axis', () => {
  it('write whole numbers in full', () => {
    expect(labelsOf('seed', [20231, 20232, 123456789])).toEqual(['20231', '20232', '123456789']);
    expect(labelsOf('learningRate.per', [16384, 1048576])).toEqual(['16384', '1048576']);
  });

  it('write as many digits as tell values apart, and four where that is enough', () => {
    expect(labelsOf('weightDecay', [1.00001e-5, 1.000012e-5, 2e-5])).toEqual([
      '0.0000100001',
      '0.00001000012',
      '0.00002',
    ]);
    expect(labelsOf('clipFactor', [0.01, 0.123456, 'off'])).toEqual(['0.01', '0.1235', 'off']);
    expect(labelsOf('x', [1, 1.00001])).toEqual(['1', '1.00001']);
  });

  it('write what a config trains with that does not say it', () => {
    expect(labelsOf('step.name', [undefined, 'sam'])).toEqual(['plain', 'sam']);
    expect(labelsOf('step.rho', [undefined, 0.05])).toEqual(['-', '0.05']);
    expect(labelsOf('repeat', [undefined, 2])).toEqual(['1', '2']);
    expect(labelsOf('optimizer', [undefined, 'lamb'])).toEqual(['sgd', 'lamb']);
    expect(labelsOf('clipEps', [undefined, 0.01])).toEqual(['0.001', '0.01']);
    expect(labelsOf('clipExclude', [undefined, '["fc"]'])).toEqual(['linear/kernel', 'fc']);
    expect(labelsOf('dataset.corrupt', [undefined, 'skip'])).toEqual(['error', 'skip']);
    expect(labelsOf('stochasticDepthRate', [undefined, 0.1])).toEqual(['default', '0.1']);
  });

  it('differ where values do', () => {
    const values = fc.uniqueArray(fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer()), {
      minLength: 2,
      comparator: (a, b) => a === b,
    });
    fc.assert(
      fc.property(values, (some) => {
        expect(new Set(labelsOf('x', some)).size).toBe(some.length);
      }),
    );
  });
});

it('tells drawn values from those of a grid', () => {
  const numbers = (count: number) =>
    axisOf(
      'x',
      Array.from({ length: count }, (_, i) => ({ x: i / 7 })),
    );
  expect([isContinuous(numbers(30), 30), isContinuous(numbers(12), 12), isContinuous(numbers(30), 60)]).toEqual([
    true,
    false,
    false,
  ]);
});

it('does not take for an axis what one kind of step alone has', () => {
  const configs = [
    {},
    { step: { name: 'sam', rho: 0.05, ascentShare: 1 } },
    { step: { name: 'sam', rho: 0.1, ascentShare: 1 } },
  ];
  expect(namingAxes(configs).map(({ path }) => path)).toEqual(['step.name', 'step.rho']);
});

it('names trials by what differs, seeds last', () => {
  const configs = [1, 2].map((seed) => ({ clipFactor: 0.01, batchSize: 64, seed }));
  expect(namingAxes(configs).map(({ path }) => path)).toEqual(['clipFactor', 'batchSize', 'seed']);
});

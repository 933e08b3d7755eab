import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tinyConfig } from '../__fixtures__/quick-config.js';
import { canonicalJson } from './canonical-json.js';
import { planTrials } from './plan-trials.js';

describe('planTrials', () => {
  it('makes a trial for every pair, with its learning rate and steps', () => {
    // 0.1 * 256 / 256 = 0.1 and 0.1 * 512 / 256 = 0.2; 1024 / 256 = 4 and 1024 / 512 = 2 steps, twice.
    const trials = planTrials(tinyConfig());
    expect(trials.map(({ config, derived }) => [config.clipFactor, config.batchSize, derived])).toEqual([
      ['off', 256, { learningRate: 0.1, stepsPerEpoch: 4, steps: 8 }],
      ['off', 512, { learningRate: 0.2, stepsPerEpoch: 2, steps: 4 }],
      [0.01, 256, { learningRate: 0.1, stepsPerEpoch: 4, steps: 8 }],
      [0.01, 512, { learningRate: 0.2, stepsPerEpoch: 2, steps: 4 }],
    ]);
  });

  it('counts full batches only', () => {
    // 1024 = 3 * 300 + 124
    const [trial] = planTrials(tinyConfig('axes.batchSize=300'));
    expect(trial!.derived.stepsPerEpoch).toBe(3);
  });

  it('follows the square-root rule and the rule that leaves the rate alone', () => {
    const rates = (rule: string) =>
      planTrials(tinyConfig(`trial.learningRate.rule=${rule}`, 'axes.batchSize=1024', 'axes.clipFactor=off')).map(
        ({ derived }) => derived.learningRate,
      );
    // sqrt(1024 / 256) = 2
    expect(rates('sqrt')).toEqual([0.2]);
    expect(rates('none')).toEqual([0.1]);
  });

  it('gives ids that stay: stored runs must be found again', () => {
    // printf '{"batchSize":256,"clipFactor":"off",...,"weightDecay":0.00002}' | sha256sum
    expect(planTrials(tinyConfig())[0]!.id).toBe('04fc855594f2');
  });

  it('gives the same trial the same id whatever axis it comes from', () => {
    const fromAxis = planTrials(tinyConfig('axes.clipFactor=0.5', 'axes.batchSize=256'));
    const fromBase = planTrials({ ...tinyConfig('trial.clipFactor=0.5'), axes: {} });
    expect(fromAxis).toEqual(fromBase);
  });

  it('only adds trials when an axis gets another value', () => {
    const values = fc.uniqueArray(fc.integer({ min: 1, max: 1024 }), { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(values, fc.nat(), (batchSizes, position) => {
        const config = tinyConfig();
        const ids = (batchSize: number[]) =>
          planTrials({ ...config, axes: { ...config.axes, batchSize } }).map(({ id }) => id);
        const without = batchSizes.toSpliced(position % batchSizes.length, 1);
        const all = new Set(ids(batchSizes));
        expect(all.size).toBe(2 * batchSizes.length);
        expect(ids(without).every((id) => all.has(id))).toBe(true);
      }),
    );
  });
});

describe('canonicalJson', () => {
  it('sorts keys at every depth and leaves out what is undefined', () => {
    expect(canonicalJson({ b: [{ d: 1, c: 'x' }], a: null, e: undefined })).toBe('{"a":null,"b":[{"c":"x","d":1}]}');
  });

  it('does not depend on the order of keys, and loses nothing', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(reversed(value))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, reversed(item)]),
  );
}

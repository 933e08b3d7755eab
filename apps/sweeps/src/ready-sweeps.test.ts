import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadSweepConfig } from './load-sweep-config.js';
import { sweepTrials } from './sweep-trials.js';

const folder = fileURLToPath(new URL('../sweeps/', import.meta.url));

/** Trials of each sweep that comes with the package. */
const TRIALS: Readonly<Record<string, number>> = {
  'ablation-agc-layers.yaml': 8 * 3,
  'boundary-fashion.yaml': 3 * 3,
  'fashion-base.yaml': 3,
  'fig2-fashion.yaml': 7 * 3 * 3,
  'fig2a-cifar10.yaml': 3 * 4 * 3,
  'fig2a-fashion.yaml': 3 * 3 * 3,
  'fig2b-cifar10.yaml': 6 * 4 * 3,
  'fig2b-fashion.yaml': 4 * 3 * 3,
  'quickstart.yaml': 4 * 3,
  'sam-vs-plain.yaml': 5 * 3,
};

describe('the sweeps that come with the package', () => {
  it.each(readdirSync(folder))('%s is a good config, in full and quick', async (name) => {
    const overrides = name.includes('cifar10') ? ['trial.dataset.path=/data/cifar-10-batches-bin'] : [];
    expect(sweepTrials(await loadSweepConfig(`${folder}${name}`, { overrides }))).toHaveLength(TRIALS[name]!);
    const quick = sweepTrials(await loadSweepConfig(`${folder}${name}`, { quick: true, overrides }));
    expect(quick.length).toBeGreaterThan(0);
    expect(quick.every(({ config }) => config.dataset.train <= 4096)).toBe(true);
  });

  it('train the same weights in the same order at every threshold of a batch size', async () => {
    const trials = sweepTrials(await loadSweepConfig(`${folder}fig2b-fashion.yaml`));
    const seeds = new Map<number, Set<number>>();
    for (const { config } of trials)
      seeds.set(config.batchSize, (seeds.get(config.batchSize) ?? new Set()).add(config.seed));
    expect([...seeds.values()].map((set) => [...set])).toEqual([
      [1, 2, 3],
      [1, 2, 3],
      [1, 2, 3],
    ]);
  });
});

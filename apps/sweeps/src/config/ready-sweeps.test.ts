import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../__fixtures__/temporary-folder.js';
import { planCommand } from '../commands/plan-command.js';
import { sweepTrials } from '../plan/sweep-trials.js';
import { loadSweepConfig } from './load-sweep-config.js';

const folder = fileURLToPath(new URL('../../sweeps/', import.meta.url));

/** Trials of each sweep that comes with the package. */
const TRIALS: Readonly<Record<string, number>> = {
  'ablation-agc-layers.yaml': 8 * 3,
  'boundary-fashion.yaml': 3 * 3,
  'clip-muon-fashion.yaml': 2 * 4 * 3 * 3,
  'clip-rules-digits.yaml': 13 * 3 * 2,
  'clip-rules-fashion.yaml': (1 + 10 * 4 + 2 * 3) * 3 * 3,
  'fashion-base.yaml': 3,
  'fig2-fashion.yaml': 7 * 3 * 3,
  'fig2a-cifar10.yaml': 3 * 4 * 3,
  'fig2a-fashion.yaml': 3 * 3 * 3,
  'fig2a-imagenet-200.yaml': 7 * 5 * 5,
  'fig2a-imagenet.yaml': 7 * 5 * 5,
  'fig2b-cifar10.yaml': 6 * 4 * 3,
  'fig2b-fashion.yaml': 4 * 3 * 3,
  'fig2b-imagenet.yaml': 5 * 5 * 5,
  'imagenet-base.yaml': 5,
  'precision-fashion.yaml': 2 * 3,
  'quickstart.yaml': 4 * 3,
  'sam-vs-plain.yaml': 5 * 3,
};

/** What a user has to add to a config: where the data is. */
const needed = (name: string): string[] => (/cifar10|imagenet/.test(name) ? ['trial.dataset.path=/data'] : []);

describe('the sweeps that come with the package', () => {
  it.each(readdirSync(folder))('%s is a good config, in full and quick', async (name) => {
    const overrides = needed(name);
    expect(sweepTrials(await loadSweepConfig(`${folder}${name}`, { overrides }))).toHaveLength(TRIALS[name]!);
    const quick = sweepTrials(await loadSweepConfig(`${folder}${name}`, { quick: true, overrides }));
    expect(quick.length).toBeGreaterThan(0);
    expect(quick.every(({ config }) => config.dataset.train <= 4096)).toBe(true);
  });

  it.each(readdirSync(folder))('%s can be planned', async (name) => {
    const { data } = await planCommand(`${folder}${name}`, needed(name), { out: temporaryFolder() });
    expect([data.trials.length, data.toRun.length]).toEqual([TRIALS[name], TRIALS[name]]);
  });

  it('on ImageNet have the steps and rates of the paper', async () => {
    const overrides = needed('imagenet');
    const trials = sweepTrials(await loadSweepConfig(`${folder}fig2b-imagenet.yaml`, { overrides }));
    const [small, large] = [256, 4096].map((batchSize) => trials.find(({ config }) => config.batchSize === batchSize)!);
    // 0.1 * 256 / 256, 90 * floor(1281167 / 256); 0.1 * 4096 / 256, 90 * floor(1281167 / 4096).
    expect(small!.derived).toEqual({ learningRate: 0.1, stepsPerEpoch: 5004, steps: 450_360 });
    expect(large!.derived).toEqual({ learningRate: 1.6, stepsPerEpoch: 312, steps: 28_080 });
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

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSweepConfig, planTrials } from '@nfnets/sweeps';
import { countSteps } from '@nfnets/trainer';
import { afterAll, describe, expect, it } from 'vitest';
import {
  CLIP_RULES,
  type ClipRule,
  DEFAULTS,
  learningRateOf,
  NETS,
  type NetName,
  type Settings,
} from '../settings/index.js';
import { mapTasks, planMap } from './map-plan.js';
import { sweepYaml, whyNoSweep } from './sweep-yaml.js';

const folder = mkdtempSync(join(tmpdir(), 'nfnets-playground-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The trials that the command line plans of the map of `settings`. */
async function planned(settings: Settings) {
  const path = join(folder, 'map.yaml');
  writeFileSync(path, sweepYaml(planMap(settings)));
  return planTrials(await loadSweepConfig(path));
}

describe('the sweep of a map', () => {
  it('has a trial for each of the 12 cells, which trains as the cell does', async () => {
    const settings: Settings = { ...DEFAULTS, seed: 3, baseRate: 0.35 };
    const trials = await planned(settings);
    const cells = mapTasks(planMap(settings));
    expect(trials).toHaveLength(12);
    for (const { settings: cell, isClipped } of cells) {
      const clipFactor = isClipped ? cell.threshold : 'off';
      const trial = trials.find(
        ({ config }) => config.batchSize === cell.batchSize && config.clipFactor === clipFactor,
      )!;
      const steps = countSteps({ data: { length: cell.images }, epochs: cell.epochs, batchSize: cell.batchSize });
      expect(trial.derived.learningRate).toBeCloseTo(learningRateOf(cell), 12);
      expect(trial.derived.steps).toBe(steps);
      expect(trial.config).toMatchObject({
        model: 'nfnet_digits',
        dataset: { name: 'mnist', train: 2048, test: 1000, splitSeed: 1 },
        epochs: 4,
        warmupEpochs: 0.4,
        seed: 3,
        momentum: 0.9,
        weightDecay: 2e-5,
        labelSmoothing: 0.1,
      });
    }
  });

  it.each(Object.keys(CLIP_RULES) as ClipRule[])('clips by %s with the thresholds of the cells', async (rule) => {
    const settings: Settings = { ...DEFAULTS, rule, threshold: CLIP_RULES[rule].usual };
    const trials = await planned(settings);
    const { thresholds } = planMap(settings);
    expect(trials).toHaveLength(3 * thresholds.length);
    const told = trials.map(({ config: { clip, clipFactor } }) =>
      clip === undefined || clip === 'off' ? clipFactor : (clip as Record<string, unknown>)[CLIP_RULES[rule].setting],
    );
    expect([...new Set(told)]).toEqual(thresholds);
  });

  it('is there of the nets that nf-sweeps has, on the digits', async () => {
    for (const net of Object.keys(NETS) as NetName[]) {
      const settings: Settings = { ...DEFAULTS, net };
      const why = whyNoSweep(planMap(settings));
      if (net === 'convnet') expect(why).toMatch(/plain convolutions are none of them$/);
      else expect([why, (await planned(settings))[0]!.config.model]).toEqual([undefined, net]);
    }
    expect(whyNoSweep(planMap({ ...DEFAULTS, data: 'shapes' }))).toMatch(/drawn in this page$/);
  });
});

describe('the cells of a map', () => {
  it('lie round the threshold that is set, with batches of at most all images', () => {
    expect(planMap({ ...DEFAULTS, threshold: 0.04 })).toMatchObject({
      thresholds: ['off', 0.01, 0.04, 0.16],
      batchSizes: [64, 256, 512],
    });
    expect(planMap({ ...DEFAULTS, threshold: 1, images: 300 })).toMatchObject({
      thresholds: ['off', 0.25, 1],
      batchSizes: [64, 256],
    });
  });
});

import { describe, expect, it } from 'vitest';
import { CONFIG_TEXT } from '../__fixtures__/quick-config.js';
import { parseSweepConfig } from '../config/load-sweep-config.js';
import type { TrialConfig } from '../schema/trial-schema.js';
import { matchesCondition } from './conditions.js';
import { planTrials } from './plan-trials.js';

const [HEAD] = CONFIG_TEXT.split('axes:') as [string];

const planned = (rest: string, pick: (config: TrialConfig) => unknown) =>
  planTrials(parseSweepConfig('a.yaml', `${HEAD}${rest}\n`)).map(({ config }) => pick(config));

describe('a condition', () => {
  it('asks for defaults too, which no file needs to say', () => {
    const trial = { batchSize: 64, dataset: { name: 'mnist', train: 64, test: 32 } };
    for (const [key, value] of Object.entries({
      optimizer: 'sgd',
      ema: 'off',
      microBatch: 'off',
      clipEps: 1e-3,
      clipExclude: ['linear/kernel'],
      'step.name': 'plain',
      'dataset.crop': 'resize_crop_32',
    })) {
      expect(matchesCondition(trial, { [key]: value }), key).toBe(true);
    }
    expect(matchesCondition(trial, { optimizer: ['adamw', 'lamb'] })).toBe(false);
    // A plain step has no radius, and a preset's own rate is not known here.
    expect(matchesCondition(trial, { 'step.rho': 0.05 })).toBe(false);
    expect(matchesCondition({ step: { name: 'sam' } }, { 'step.rho': 0.05 })).toBe(true);
    expect(matchesCondition(trial, { dropRate: 0 })).toBe(false);
    const images = { dataset: { name: 'image_folder', imageSize: 64 } };
    expect(matchesCondition(images, { 'dataset.augment': 'crop_flip', 'dataset.testSize': 64 })).toBe(true);
  });

  it('on what no file says decides where an axis counts, and what is left out', () => {
    const each = ({ batchSize, optimizer = 'sgd' }: TrialConfig) => [optimizer, batchSize];
    const axes = 'axes: { optimizer: [sgd, adamw], batchSize: [16, 32] }';
    // Elsewhere it is the trial's, 256 by default, of 512 images.
    expect(planned(`${axes}\nwhen: { batchSize: { optimizer: sgd } }`, each)).toEqual([
      ['sgd', 16],
      ['adamw', 256],
      ['sgd', 32],
    ]);
    expect(planned(`${axes}\nexclude: [{ optimizer: sgd, ema: off, batchSize: 16 }]`, each)).toEqual([
      ['adamw', 16],
      ['sgd', 32],
      ['adamw', 32],
    ]);
  });

  it('on an axis that does not count itself asks for the value that the trial has', () => {
    const each = ({ clipFactor, optimizer = 'sgd', momentum }: TrialConfig) => [clipFactor, optimizer, momentum];
    const axes = 'axes: { clipFactor: ["off", 0.01], optimizer: [sgd, adamw], momentum: [0.5, 0.6] }';
    const when = 'when: { momentum: { optimizer: adamw }, optimizer: { clipFactor: 0.01 } }';
    // Without clipping there is sgd alone, and with that the momentum of the trial.
    expect(planned(`${axes}\n${when}`, each)).toEqual([
      ['off', 'sgd', 0.9],
      [0.01, 'sgd', 0.9],
      [0.01, 'adamw', 0.5],
      [0.01, 'adamw', 0.6],
    ]);
  });

  it.each([
    ['{ momentum: { momentum: 0.5 } }', 'momentum -> momentum'],
    ['{ momentum: { ema: 0.9 }, ema: { momentum: 0.5 } }', 'momentum -> ema -> momentum'],
  ])('that leads back to its axis is refused: %s', (when, circle) => {
    const text = `${HEAD}axes: { momentum: [0.5, 0.6], ema: ["off", 0.9] }\nwhen: ${when}\n`;
    expect(() => parseSweepConfig('a.yaml', text)).toThrow(
      `when.momentum: must not depend on itself (${circle}); leave one of them out.`,
    );
  });

  it('is on keys of the config, not on those of every object', () => {
    const text = `${HEAD}axes: { momentum: [0.5, 0.6] }\nwhen: { constructor: { momentum: 0.5 } }\n`;
    expect(() => parseSweepConfig('a.yaml', text)).toThrow('when.constructor: must be one of the axes (momentum)');
  });
});

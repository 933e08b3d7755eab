import type { GradientTransform } from '@nfnets/agc';
import { useBackend } from '@nfnets/backends';
import { createModel } from '@nfnets/models';
import { beforeAll, expect, it } from 'vitest';
import { tinyConfig } from '../__fixtures__/quick-config.js';
import { planTrials } from '../plan/index.js';
import { CLIP_RULES, type ClipRule } from '../schema/index.js';
import { trialClipping, trialOptimizer } from './trial-optimizer.js';

beforeAll(async () => {
  await useBackend('cpu');
});

it.each(Object.keys(CLIP_RULES) as ClipRule[])('%s has the defaults of @nfnets/agc, and a meter', (rule) => {
  const [trial] = planTrials(tinyConfig('axes.clipFactor=null', 'axes.batchSize=256', `trial.clip={rule: ${rule}}`));
  const model = createModel('nfnet_digits', { numClasses: 10 });
  const [transform] = trialClipping(trial!.config, model) as [GradientTransform];
  const bare = new (transform.constructor as new (options: object) => typeof transform)(
    // Those that have no default, and the one that stored trials are named by.
    { 'global-norm': { maxNorm: 1 }, value: { maxValue: 1 }, agc: { clipFactor: 0.01 } }[rule as string] ?? {},
  );
  const { exclude, ...config } = transform.getConfig();
  const { exclude: _, ...expected } = bare.getConfig();
  expect(config).toEqual(expected);
  if (rule === 'agc') expect(exclude).toEqual([{ name: 'linear/kernel' }]);
  expect(transform.measure).toBeTypeOf('function');
  const optimizer = trialOptimizer(trial!.config, model);
  expect(optimizer.transforms[0]!.getClassName()).toBe(transform.getClassName());
  optimizer.dispose();
  model.dispose();
});

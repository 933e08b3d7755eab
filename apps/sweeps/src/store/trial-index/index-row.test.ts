import { expect, it } from 'vitest';
import { tinyConfig } from '../../__fixtures__/quick-config.js';
import { planTrials } from '../../plan/plan-trials.js';
import { indexRow } from './index-row.js';

const trial = planTrials(tinyConfig('trial.epochs=null', 'trial.steps=7'))[0]!;
const times = { startedAt: '2026-01-01T00:00:00Z', endedAt: '2026-01-01T00:01:30Z' };

it('names the values of a config and the final metrics without quotes', () => {
  const row = indexRow({ trial, status: { status: 'done', step: 7, metrics: { accuracy: 0.9 }, ...times } });
  expect(row).toMatchObject({
    id: trial.id,
    status: 'done',
    seconds: 90,
    clipFactor: 'off',
    batchSize: 256,
    learningRate_base: 0.1,
    learningRate: 0.1,
    dataset_name: 'mnist',
    accuracy: 0.9,
  });
  expect(Object.keys(row).filter((name) => !/^\w+$/.test(name))).toEqual([]);
});

it('puts the section before a name that is taken, in upper or lower case, or by a column of its own', () => {
  const metrics = { seconds: 1, Status: 2, engine: 3, 'top "5"': 4 };
  const row = indexRow({ trial, status: { status: 'done', step: 7, metrics, ...times } });
  expect(row).toMatchObject({ seconds: 90, metrics_seconds: 1, metrics_Status: 2, metrics_engine: 3, top__5_: 4 });
  // Both how long it is to train and what that gives: the same number.
  expect(row).toMatchObject({ steps: 7, derived_steps: 7 });
});

import { expect, it } from 'vitest';
import { tinyConfig } from '../__fixtures__/quick-config.js';
import { planTrials } from '../plan/plan-trials.js';
import { csvText, flatTrial } from './flat-trial.js';

const [off, clipped] = planTrials(tinyConfig('axes.batchSize=256'));
const rows = [
  flatTrial({
    trial: off!,
    status: {
      status: 'diverged',
      reason: 'loss is "NaN", at\nonce',
      step: 3,
      metrics: {},
      startedAt: '2026-01-01T00:00:00.000Z',
      endedAt: '2026-01-01T00:00:02.500Z',
    },
  }),
  flatTrial({ trial: clipped! }),
];

it('is a row of what the trial was given and what came of it', () => {
  expect(rows[0]).toMatchObject({
    id: off!.id,
    status: 'diverged',
    seconds: 2.5,
    'config.clipFactor': 'off',
    'config.learningRate.base': 0.1,
    'derived.steps': 8,
  });
  expect(rows[1]).toMatchObject({ status: 'queued', step: 0, seconds: null, 'config.clipFactor': 0.01 });
});

it('becomes CSV, with quotes where they must be', () => {
  const lines = csvText([
    { a: 1, b: 'plain' },
    { a: 2, c: 'with "quotes", and\nlines' },
  ]);
  expect(lines).toBe('a,b,c\r\n1,plain,\r\n2,,"with ""quotes"", and\nlines"\r\n');
});

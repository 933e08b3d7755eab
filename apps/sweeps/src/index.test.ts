import { expect, it } from 'vitest';
import * as sweeps from './index.js';

it('exports these names and no others', () => {
  expect(Object.keys(sweeps).sort()).toEqual([
    'SweepError',
    'boundaries',
    'loadSweepConfig',
    'localExecutor',
    'planTrials',
    'renderReport',
    'runSweep',
    'summarize',
    'sweepTrials',
  ]);
});

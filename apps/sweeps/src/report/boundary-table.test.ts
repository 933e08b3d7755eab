import { expect, it } from 'vitest';
import { tinyConfig } from '../__fixtures__/quick-config.js';
import { sweepTrials } from '../plan/sweep-trials.js';
import type { Trial } from '../schema/trial.js';
import type { TrialRecord } from '../schema/trial-record.js';
import { boundaryTable } from './boundary-table.js';

it('tells the bracket of each batch size and what was tried', () => {
  const config = tinyConfig('axes.clipFactor=null', 'boundary={axis: clipFactor, logRange: [1, 128], count: 8}');
  // At 256 everything is stable, at 512 what is at most 4.
  const recordOf = (trial: Trial): TrialRecord => {
    const diverged = trial.config.batchSize === 512 && (trial.config.clipFactor as number) > 4;
    const status = diverged ? ('diverged' as const) : ('done' as const);
    return { trial, status: { status, step: 1, metrics: {}, startedAt: '2026-01-01T00:00:00Z' } };
  };
  const lines = boundaryTable(config, sweepTrials(config, recordOf).map(recordOf));
  expect(lines.map((line) => line.trim().split(/ {2,}/))).toEqual([
    ['The largest clipFactor that is stable:'],
    ['batch', 'stable', 'unstable', 'diverged'],
    ['256', '128', '-', '0 of 1 at 8, 0 of 1 at 32, 0 of 1 at 64, 0 of 1 at 128'],
    ['512', '4', '8', '0 of 1 at 2, 0 of 1 at 4, 1 of 1 at 8'],
  ]);
  expect(boundaryTable(tinyConfig(), [])).toEqual([]);
});

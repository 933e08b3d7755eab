import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { syntheticRecords, writeSyntheticRun, writeSyntheticTrial } from '../../../__fixtures__/synthetic-sweep.js';
import { temporaryFolder } from '../../../__fixtures__/temporary-folder.js';
import { runFiles } from '../../../store/run-folder.js';
import { followSweeps } from './follow-sweeps.js';

const records = syntheticRecords({ clipFactors: [0.01], batchSizes: [256], seeds: 2, hasBaseline: false, steps: 4 });

it('reads sweeps once, tells each change once, and what is damaged, new or gone', async () => {
  const root = temporaryFolder();
  const queued = records.map(({ trial }) => ({ trial, metrics: [] }));
  writeSyntheticRun(join(root, 'a'), queued);
  const sweeps = followSweeps(root);
  const states = () => {
    const message = sweeps.whole();
    return message.type === 'sweeps' ? message.sweeps.map(({ folder, state }) => `${folder} ${state}`) : [];
  };
  expect(await sweeps.look()).toEqual({ isWhole: true, changed: [], hasMore: true });
  expect(states()).toEqual(['a reading']);
  expect(await sweeps.look()).toMatchObject({
    changed: [{ folder: 'a', state: 'not started', total: 2 }],
    hasMore: false,
  });
  const quiet = { isWhole: false, changed: [], hasMore: false };
  expect(await sweeps.look()).toEqual(quiet);

  writeSyntheticTrial(join(root, 'a'), records[0]!);
  expect(await sweeps.look()).toMatchObject({
    changed: [{ state: 'stopped', ended: 1, counts: { done: 1, queued: 1 } }],
  });
  expect(await sweeps.look()).toEqual(quiet);
  writeSyntheticTrial(join(root, 'a'), records[1]!);
  expect(await sweeps.look()).toMatchObject({ changed: [{ state: 'finished', best: { at: 'clip 0.01, batch 256' } }] });

  writeFileSync(runFiles(join(root, 'a')).plan, '{');
  expect(await sweeps.look()).toMatchObject({ hasMore: true });
  expect(await sweeps.look()).toMatchObject({
    changed: [{ state: 'damaged', damage: [expect.stringContaining('not valid JSON')] }],
  });
  writeSyntheticRun(join(root, 'b'), records);
  expect(await sweeps.look()).toMatchObject({ isWhole: true });
  rmSync(root, { recursive: true });
  expect(await sweeps.look()).toMatchObject({ isWhole: true });
  expect(sweeps.whole()).toMatchObject({ sweeps: [], problem: expect.stringContaining('cannot be read (ENOENT)') });
});

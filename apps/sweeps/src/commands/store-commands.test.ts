import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, type Mock, vi } from 'vitest';
import { tinyConfig } from '../__fixtures__/quick-config.js';
import { resumingTrial, sourceCommand } from '../__fixtures__/source-command.js';
import { temporaryFolder } from '../__fixtures__/temporary-folder.js';
import { localExecutor } from '../execute/local-executor.js';
import { runSweep } from '../execute/run-sweep.js';
import { runFiles } from '../store/run-folder.js';
import { readMetrics, trialFiles } from '../store/trial-folder.js';
import { jsonText } from '../store/write-file-safely.js';
import { exportCommand } from './export-command.js';
import { gcCommand } from './gc-command.js';
import { reproCommand } from './repro-command.js';

vi.mock('../own-command.js', () => ({ ownCommand: () => sourceCommand }));

let print: Mock<typeof process.stdout.write>;
beforeEach(() => {
  print = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  return () => print.mockRestore();
});
const printed = () => print.mock.calls.map(([text]) => text).join('');

/** A run of two trials, one of them with 8 steps and a checkpoint. */
async function run(): Promise<{ dir: string; trial: string }> {
  const dir = join(temporaryFolder(), 'run');
  const executor = localExecutor({ parallel: 2, engine: 'cpu', trialModule: resumingTrial, command: sourceCommand });
  const summary = await runSweep(tinyConfig('axes.batchSize=256'), { dir, executor });
  return { dir, trial: runFiles(dir).trial(summary.trials[1]!.id) };
}

describe('export', () => {
  it('writes a row for each trial', async () => {
    const { dir } = await run();
    await exportCommand(dir, { format: 'json' });
    expect(JSON.parse(printed())).toMatchObject([{ status: 'done', step: 8 }, { clipFactor: 0.01 }]);
    const file = join(dir, 'trials.csv');
    await exportCommand(dir, { format: 'csv', out: file });
    expect(readFileSync(file, 'utf8').split('\r\n')).toHaveLength(4);
    await expect(exportCommand(dir, { format: 'parquet' })).rejects.toThrow(
      'export: Parquet is not text; name a file for it with --out FILE.',
    );
    await exportCommand(dir, { format: 'parquet', out: file });
    expect(readFileSync(file, 'latin1').slice(0, 4)).toBe('PAR1');
    await expect(exportCommand(join(dir, 'none'), { format: 'csv' })).rejects.toThrow('none: is no run folder');
  });
});

describe('gc', () => {
  it('removes the checkpoints of finished trials, and of no others', async () => {
    const { dir, trial } = await run();
    const { checkpoints, status } = trialFiles(trial);
    await gcCommand(dir, { dryRun: true });
    expect(printed()).toMatch(/would free 0\.0 MB of checkpoints of 2 finished trials\.\n$/);
    expect(existsSync(checkpoints)).toBe(true);
    writeFileSync(status, jsonText({ ...JSON.parse(readFileSync(status, 'utf8')), status: 'preempted' }));
    await gcCommand(dir, {});
    expect(printed()).toMatch(/freed 0\.0 MB of checkpoints of 1 finished trials\.\n$/);
    expect(existsSync(checkpoints)).toBe(true);
  });
});

describe('repro', () => {
  const again = (trial: string, tolerance = 0) => reproCommand(trial, { tolerance, trialModule: resumingTrial });

  it('tells whether the losses are the same, and will not overwrite', async () => {
    const { dir, trial } = await run();
    expect(await again(trial)).toBe(0);
    expect(printed()).toContain('The losses of all 8 steps are the same to the bit.\n');
    await expect(again(trial)).rejects.toThrow(/repro\/[0-9a-f]{12}: is there already\. Delete it,/);
    expect(existsSync(join(dir, 'repro'))).toBe(true);
    await expect(again(join(dir, 'none'))).rejects.toThrow('holds no trial that was run');
  });

  it('tells the step from which they differ', async () => {
    const { trial } = await run();
    const lines = readMetrics(trial).map((line) =>
      'loss' in line && line.step > 5 ? { ...line, loss: line.loss! * 1.001 } : line,
    );
    mkdirSync(trial, { recursive: true });
    writeFileSync(trialFiles(trial).metrics, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    expect(await again(trial)).toBe(1);
    expect(printed()).toMatch(/differ from step 6 on, by at most 9\.99e-4 of a loss: beyond the tolerance of 0\.\n/);
  });
});

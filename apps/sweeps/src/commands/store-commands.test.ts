import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { tinyConfig } from '../__fixtures__/quick-config.js';
import { silentCommandLine } from '../__fixtures__/silent-command-line.js';
import { resumingTrial, sourceCommand } from '../__fixtures__/source-command.js';
import { temporaryFolder } from '../__fixtures__/temporary-folder.js';
import { localExecutor } from '../execute/local-executor.js';
import { runSweep } from '../execute/run-sweep.js';
import { runFiles } from '../store/run-folder.js';
import { readMetrics, trialFiles } from '../store/trial-folder.js';
import { jsonText } from '../store/write-file-safely.js';

vi.mock('../own-command.js', () => ({ ownCommand: () => sourceCommand }));

const nfSweeps = silentCommandLine();

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
    const printed = await nfSweeps('export', dir, '--format', 'json');
    expect(JSON.parse(printed.stdout)).toMatchObject([{ status: 'done', step: 8 }, { clipFactor: 0.01 }]);
    const file = join(dir, 'trials.csv');
    expect(await nfSweeps('export', dir, '--out', file)).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(readFileSync(file, 'utf8').split('\r\n')).toHaveLength(4);
    expect(await nfSweeps('export', dir, '--format', 'parquet')).toMatchObject({
      code: 2,
      stderr: 'export: Parquet is not text; name a file for it with --out FILE.\n',
    });
    await nfSweeps('export', dir, '--format', 'parquet', '--out', file);
    expect(readFileSync(file, 'latin1').slice(0, 4)).toBe('PAR1');
    expect((await nfSweeps('export', join(dir, 'none'))).stderr).toContain('none: is no run folder');
  });
});

describe('gc', () => {
  it('removes the checkpoints of finished trials, and of no others', async () => {
    const { dir, trial } = await run();
    const { checkpoints, status } = trialFiles(trial);
    expect((await nfSweeps('gc', dir, '--dry-run')).stdout).toMatch(
      /would free 0\.0 MB of checkpoints of 2 finished trials\.\n$/,
    );
    expect(existsSync(checkpoints)).toBe(true);
    writeFileSync(status, jsonText({ ...JSON.parse(readFileSync(status, 'utf8')), status: 'preempted' }));
    expect((await nfSweeps('gc', dir)).stdout).toMatch(/freed 0\.0 MB of checkpoints of 1 finished trials\.\n$/);
    expect(existsSync(checkpoints)).toBe(true);
  });
});

describe('repro', () => {
  const again = (trial: string) => nfSweeps('repro', trial, '--trial-module', resumingTrial);

  it('tells whether the losses are the same, and will not overwrite', async () => {
    const { dir, trial } = await run();
    const same = await again(trial);
    expect(same.stdout).toContain('The losses of all 8 steps are the same to the bit.\n');
    expect(same.code).toBe(0);
    expect((await again(trial)).stderr).toMatch(/repro\/[0-9a-f]{12}: is there already\. Delete it,/);
    expect(existsSync(join(dir, 'repro'))).toBe(true);
    expect((await again(join(dir, 'none'))).stderr).toContain('holds no trial that was run');
  });

  it('tells the step from which they differ', async () => {
    const { trial } = await run();
    const lines = readMetrics(trial).map((line) =>
      'loss' in line && line.step > 5 ? { ...line, loss: line.loss! * 1.001 } : line,
    );
    mkdirSync(trial, { recursive: true });
    writeFileSync(trialFiles(trial).metrics, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const other = await again(trial);
    expect(other.code).toBe(1);
    expect(other.stdout).toMatch(/differ from step 6 on, by at most 9\.99e-4 of a loss: beyond the tolerance of 0\.\n/);
  });
});

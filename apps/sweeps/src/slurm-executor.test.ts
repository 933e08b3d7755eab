import { execFileSync, spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CONFIG_TEXT, tinyConfig } from './__fixtures__/quick-config.js';
import { hasSlurm, startCluster } from './__fixtures__/slurm-cluster.js';
import { resumingTrial, sourceCommand } from './__fixtures__/source-command.js';
import { temporaryFolder } from './__fixtures__/temporary-folder.js';
import { until } from './__fixtures__/until.js';
import { runFiles } from './run-folder.js';
import { type RunSweepOptions, runSweep, type SweepEvent } from './run-sweep.js';
import { arrayScript, chunks, parseSqueue } from './slurm-array.js';
import { slurmExecutor } from './slurm-executor.js';
import type { SweepConfig } from './sweep-schema.js';
import { readMetrics, readStatus } from './trial-folder.js';

function run(dir: string, config: SweepConfig, options: RunSweepOptions = {}) {
  const events: SweepEvent[] = [];
  const executor = slurmExecutor({
    ...{ engine: 'cpu', parallel: 2, restarts: 2, arguments: ['--cpus-per-task=1'], pollSeconds: 0.3 },
    trialModule: resumingTrial,
    command: sourceCommand,
  });
  const summary = runSweep(config, {
    dir,
    executor,
    ...options,
    onEvent: (event) => {
      events.push(event);
      options.onEvent?.(event);
    },
  });
  return { summary, events };
}

const steps = (dir: string) => readMetrics(dir).flatMap(({ type, step }) => (type === 'step' ? step : []));
const manifests = (dir: string) => readdirSync(join(dir, 'slurm')).filter((name) => name.endsWith('.txt'));

/** What `squeue` says of the tasks; nothing while the controller is too busy to answer. */
function taskStates(): string {
  try {
    return execFileSync('squeue', ['-h', '-r', '-o', '%T'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return '';
  }
}

describe.skipIf(!hasSlurm())('the slurm executor (as root: apt-get install slurm-wlm munge)', () => {
  it('runs an array; when a node loses power and the sweep is stopped, the next run submits only what is unfinished', async () => {
    const folder = temporaryFolder();
    const cluster = await startCluster(join(folder, 'cluster'), onTestFinished);
    const dir = join(folder, 'run');
    const config = tinyConfig('trial.momentum=0.5', 'axes.batchSize=128,256,512', 'axes.clipFactor=0.01');
    const stop = new AbortController();
    const isCut = () => stop.signal.aborted;
    const first = run(dir, config, {
      stop: stop.signal,
      onEvent: (event) => {
        if (isCut() || event.type !== 'progress' || event.event.type !== 'step') return;
        // Slurm tells nothing of a node that is gone for a while; a user does not wait so long.
        cluster.cutPower('n2');
        stop.abort();
      },
    });
    const { counts } = await first.summary;
    expect(isCut()).toBe(true);
    expect((counts.done ?? 0) + (counts.preempted ?? 0) + (counts.queued ?? 0)).toBe(3);
    expect(manifests(dir)).toHaveLength(1);

    const second = run(dir, config);
    const { trials } = await second.summary;
    expect(trials.map(({ status }) => status)).toEqual(['done', 'done', 'done']);
    for (const { id, steps: count } of trials) {
      expect(steps(runFiles(dir).trial(id))).toEqual(Array.from({ length: count }, (_, i) => i + 1));
    }
    const [, resubmitted] = manifests(dir)
      .map(
        (name) =>
          readFileSync(join(dir, 'slurm', name), 'utf8')
            .trim()
            .split('\n').length,
      )
      .toSorted((a, b) => b - a);
    expect(resubmitted ?? 0).toBe(3 - (counts.done ?? 0));
  });

  it('finds its tasks again when the process that submitted them was killed', async () => {
    const folder = temporaryFolder();
    await startCluster(join(folder, 'cluster'), onTestFinished);
    const dir = join(folder, 'run');
    writeFileSync(join(folder, 'tiny.yaml'), CONFIG_TEXT);
    const overrides = ['trial.momentum=0.5', 'trial.epochs=12', 'axes.batchSize=256', 'axes.clipFactor=off,0.01'];
    const [program, ...prefix] = sourceCommand;
    const args = ['run', join(folder, 'tiny.yaml'), ...overrides, '--out', dir, '--trial-module', resumingTrial];
    const first = spawn(program, [...prefix, ...args, '--executor', 'slurm', '--slurm', '--cpus-per-task=1 --mem=0']);
    onTestFinished(() => void first.kill('SIGKILL'));
    await until(() => taskStates() === 'RUNNING\nRUNNING\n');
    first.kill('SIGKILL');
    await until(() => first.signalCode === 'SIGKILL');

    const { trials } = await run(dir, tinyConfig(...overrides)).summary;
    expect(trials.map(({ status }) => status)).toEqual(['done', 'done']);
    expect(manifests(dir)).toHaveLength(1);
    for (const { id } of trials) expect(readStatus(runFiles(dir).trial(id))?.attempt).toBe(1);
  });
});

describe('a job array', () => {
  it('is a script whose tasks become the processes of their trials', () => {
    const script = arrayScript({
      manifest: "/shared/o'brien/m.txt",
      command: ['/usr/bin/node', '/opt/cli.js'],
      engine: 'native',
    });
    expect(script.split('\n')).toEqual([
      '#!/bin/sh',
      '#SBATCH --requeue',
      '#SBATCH --open-mode=append',
      '#SBATCH --signal=B:USR1@120',
      `dir=$(sed -n "$((SLURM_ARRAY_TASK_ID + 1))p" '/shared/o'\\''brien/m.txt')`,
      `threads=\${SLURM_CPUS_PER_TASK:-\${SLURM_CPUS_ON_NODE:-1}}`,
      'export OMP_NUM_THREADS="$threads" TF_NUM_INTRAOP_THREADS="$threads" TF_NUM_INTEROP_THREADS=1',
      'exec >> "$dir/log.txt" 2>&1',
      `exec '/usr/bin/node' '/opt/cli.js' 'run-trial' "$dir" --engine native --threads "$threads"`,
      '',
    ]);
  });

  it('comes in chunks, and its tasks are read from squeue', () => {
    expect(chunks([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
    expect(chunks([], 2)).toEqual([]);
    expect(parseSqueue('nf-sweeps-a 0 RUNNING\nnf-sweeps-a 12 PENDING\n')).toEqual([
      { name: 'nf-sweeps-a', task: 0, state: 'RUNNING' },
      { name: 'nf-sweeps-a', task: 12, state: 'PENDING' },
    ]);
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { missingNative } from '../__fixtures__/native.js';
import { tinyConfig } from '../__fixtures__/quick-config.js';
import { hasRedis, startRedis } from '../__fixtures__/redis-server.js';
import { hasSlurm, startCluster } from '../__fixtures__/slurm-cluster.js';
import { sourceCommand } from '../__fixtures__/source-command.js';
import { startWorker } from '../__fixtures__/start-worker.js';
import { temporaryFolder } from '../__fixtures__/temporary-folder.js';
import type { MetricsLine } from '../schema/index.js';
import { runFiles } from '../store/run-folder.js';
import { readMetrics, readStatus } from '../store/trial-folder.js';
import type { Executor } from './executor.js';
import { localExecutor } from './local-executor.js';
import { redisExecutor } from './redis/redis-executor.js';
import { runSweep, type SweepEvent } from './run-sweep.js';
import { slurmExecutor } from './slurm/slurm-executor.js';

const native = missingNative === undefined ? '' : ` (${missingNative})`;
const config = (workers: number) =>
  tinyConfig('engine=native', `workers=${workers}`, 'trial.epochs=4', 'axes.batchSize=256', 'axes.clipFactor=0.05');
const options = { engine: 'native', restarts: 2, command: sourceCommand } as const;
const local = (workers: number) => localExecutor({ ...options, parallel: 1, workers });

/** Runs the one trial of the config; `onProgress` is called once, with the folder of the trial, in the midst of it. */
async function run(dir: string, workers: number, executor: Executor, onProgress?: (trial: string) => void) {
  const events: SweepEvent[] = [];
  let isTold = false;
  const { trials } = await runSweep(config(workers), {
    dir,
    executor,
    onEvent: (event) => {
      events.push(event);
      const isAmidst = event.type === 'progress' && event.event.type === 'step' && event.event.step >= 5;
      if (!isAmidst || isTold) return;
      isTold = true;
      onProgress?.(runFiles(dir).trial(event.id));
    },
  });
  expect(trials.map(({ status }) => status)).toEqual(['done']);
  if (onProgress) expect(isTold).toBe(true);
  const { id } = trials[0]!;
  return { events, id, trial: runFiles(dir).trial(id), lines: readMetrics(runFiles(dir).trial(id)) };
}

/** Figures of what was recorded, of each step and each epoch. */
const figures = (lines: readonly MetricsLine[]): number[] =>
  lines.flatMap((line) => {
    if (line.type === 'step') return [line.step, line.loss];
    return line.type === 'epoch' ? [line.step, line.loss, line.trainLoss!, line.accuracy!] : [];
  });

const apart = (a: readonly number[], b: readonly number[]) =>
  a.length === b.length ? Math.max(...a.map((value, i) => Math.abs(value - b[i]!))) : Number.NaN;

/** Pids of the processes of the trial in `dir` that are its worker 1. */
function secondWorkers(dir: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const isOfTrial = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(dir);
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
        return isOfTrial && environment.includes('NFNETS_INDEX=1') ? [Number(pid)] : [];
      } catch {
        return [];
      }
    });
}

/** What one process comes to. */
let alone: Promise<Awaited<ReturnType<typeof run>>> | undefined;
const ofOne = () => {
  alone ??= run(join(temporaryFolder(), 'run'), 1, local(1));
  return alone;
};

describe.skipIf(missingNative !== undefined)(`the workers of a trial${native}`, () => {
  it('have the numbers of one, and no part in what the trial is called', { timeout: 300_000 }, async () => {
    const [one, two] = [await ofOne(), await run(join(temporaryFolder(), 'run'), 2, local(2))];
    expect(two.id).toBe(one.id);
    expect(figures(two.lines).length).toBe(2 * 16 + 4 * 4);
    expect(apart(figures(two.lines), figures(one.lines))).toBeLessThan(1e-5);
  });

  it('are started again when one of them is killed, from the checkpoint', { timeout: 300_000 }, async () => {
    const one = await ofOne();
    const two = await run(join(temporaryFolder(), 'run'), 2, local(2), (trial) => {
      const workers = secondWorkers(trial);
      expect(workers).toHaveLength(1);
      process.kill(workers[0]!, 'SIGKILL');
    });
    expect(two.events.filter(({ type }) => type === 'restart')).toMatchObject([
      {
        restart: 1,
        reason: 'ended with exit code 75',
        output: expect.stringMatching(/joinGroup: process 1 \(127\.0\.0\.1:\d+\) has ended\./),
      },
    ]);
    expect(apart(figures(two.lines), figures(one.lines))).toBeLessThan(1e-5);
    expect(readStatus(two.trial)?.attempt).toBe(2);
    expect(secondWorkers(two.trial)).toEqual([]);
  });

  it('are an error on another engine', { timeout: 300_000 }, async () => {
    expect(() => tinyConfig('workers=2')).toThrow(
      'workers: must be 1 on engine cpu, got 2: several meet within native TensorFlow; take engine native',
    );
  });

  it.skipIf(!hasRedis())(
    'run on slots of one machine of a queue (apt-get install redis-server)',
    { timeout: 300_000 },
    async () => {
      const one = await ofOne();
      const folder = temporaryFolder();
      const { url } = await startRedis(join(folder, 'redis'));
      const worker = startWorker(url, '--slots', '2');
      const executor = redisExecutor({ url, engine: 'native', restarts: 2, workers: 2 });
      const two = await run(join(folder, 'run'), 2, executor);
      const text = 'The 2 workers of a trial run on 2 slots of one machine: nf-sweeps worker --slots 2, or a multiple.';
      expect(two.events).toContainEqual({ type: 'note', text });
      expect(worker.output()).toContain(`${two.id} started with 2 workers\n`);
      expect(apart(figures(two.lines), figures(one.lines))).toBeLessThan(1e-5);
    },
  );

  it.skipIf(!hasSlurm())(
    'are tasks on nodes of Slurm, of which one may lose its power (as root: apt-get install slurm-wlm munge)',
    { timeout: 600_000 },
    async () => {
      const one = await ofOne();
      const folder = temporaryFolder();
      const cluster = await startCluster(join(folder, 'cluster'), onTestFinished);
      const executor = slurmExecutor({
        ...options,
        ...{ parallel: 1, workers: 2, arguments: ['--cpus-per-task=1', '--mem=0'], pollSeconds: 0.3 },
      });
      const two = await run(join(folder, 'run'), 2, executor, () => {
        cluster.cutPower('n2');
        setTimeout(() => cluster.restorePower('n2'), 5000);
      });
      expect(apart(figures(two.lines), figures(one.lines))).toBeLessThan(1e-5);
      expect(two.events.filter(({ type }) => type === 'end')).toHaveLength(1);
      expect(readStatus(two.trial)?.attempt).toBe(2);
    },
  );
});

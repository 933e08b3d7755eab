import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { tinyConfig } from '../__fixtures__/quick-config.js';
import { fakeTrial, resumingTrial, sourceCommand } from '../__fixtures__/source-command.js';
import { temporaryFolder } from '../__fixtures__/temporary-folder.js';
import { until } from '../__fixtures__/until.js';
import { planTrials } from '../plan/plan-trials.js';
import { trialSeconds } from '../schema/trial-status.js';
import { createTrialFolder, readEnvironment, readMetrics, readStatus, trialFiles } from '../store/trial-folder.js';

/** The folder of a new trial: 8 steps in 2 epochs, and what `overrides` say. */
function trialFolder(...overrides: string[]): string {
  const dir = join(temporaryFolder(), 'trials', 'trial');
  createTrialFolder(dir, planTrials(tinyConfig('axes.batchSize=256', 'axes.clipFactor=0.01', ...overrides))[0]!);
  return dir;
}

/** `run-trial` in a process of its own, and its end. */
function start(dir: string, module: string, ...args: string[]) {
  const [program, ...prefix] = sourceCommand;
  const child: ChildProcess = spawn(program, [...prefix, 'run-trial', dir, '--trial-module', module, ...args]);
  let stderr = '';
  child.stderr!.on('data', (data) => {
    stderr += data;
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = new Promise<{ code: number | null; stderr: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, stderr }));
  });
  return { child, ended };
}

const steps = (dir: string) => readMetrics(dir).flatMap(({ type, step }) => (type === 'step' ? step : []));
const hasStepped = (dir: string, step: number) => () => (steps(dir).at(-1) ?? 0) >= step;
const ALL = [1, 2, 3, 4, 5, 6, 7, 8];

describe('run-trial', () => {
  it('ends with the code of its outcome, and does not compute twice what is finished', async () => {
    const done = trialFolder();
    const diverged = trialFolder('axes.batchSize=512', 'axes.clipFactor=off');
    const codes = async () => [
      (await start(done, fakeTrial).ended).code,
      (await start(diverged, fakeTrial).ended).code,
    ];
    expect(await codes()).toEqual([0, 10]);
    const before = [done, diverged].map((dir) => readFileSync(trialFiles(dir).status, 'utf8'));
    expect(await codes()).toEqual([0, 10]);
    expect([done, diverged].map((dir) => readFileSync(trialFiles(dir).status, 'utf8'))).toEqual(before);
    expect(readStatus(done)).toMatchObject({ attempt: 1, peakMemory: expect.any(Number) });
  });

  it.each(['SIGTERM', 'SIGUSR1'] as const)('stops at %s with code 75, and goes on from there', async (signal) => {
    const dir = trialFolder('trial.momentum=0.5');
    const { child, ended } = start(dir, resumingTrial);
    await until(hasStepped(dir, 2));
    child.kill(signal);
    expect((await ended).code).toBe(75);
    const { step, reason } = readStatus(dir)!;
    expect(reason).toBe(`interrupted (${signal})`);
    expect((await start(dir, resumingTrial).ended).code).toBe(0);
    expect(steps(dir)).toEqual(ALL);
    expect(readStatus(dir)).toMatchObject({ status: 'done', step: 8, attempt: 2 });
    // The clock of the second attempt starts where that of the first stopped.
    const seconds = readMetrics(dir).map((line) => line.seconds);
    expect(seconds).toEqual(seconds.toSorted((a, b) => a - b));
    // And so does the time that the trial is said to have taken.
    const before = readMetrics(dir).find((line) => line.step === step)!.seconds;
    expect(readStatus(dir)!.secondsBefore).toBe(before);
    expect(trialSeconds(readStatus(dir)!)).toBeGreaterThan(before);
    expect(step).toBeGreaterThanOrEqual(2);
  });

  it('drops what was recorded after the checkpoint it resumes from', async () => {
    const dir = trialFolder('trial.seed=7');
    expect((await start(dir, resumingTrial).ended).code).toBe(null);
    expect(steps(dir)).toEqual([1, 2, 3, 4, 5]);
    expect((await start(dir, resumingTrial).ended).code).toBe(0);
    expect(steps(dir)).toEqual(ALL);
    // Without a checkpoint it starts anew, also in its files.
    const whole = trialFolder();
    const { child, ended } = start(whole, fakeTrial);
    await until(hasStepped(whole, 1));
    child.kill('SIGKILL');
    await ended;
    expect((await start(whole, fakeTrial).ended).code).toBe(0);
    expect(steps(whole)).toEqual(ALL);
  });

  it('waits for a process that works on the trial, and then finds it done', async () => {
    const dir = trialFolder('trial.momentum=0.5');
    const first = start(dir, fakeTrial);
    await until(hasStepped(dir, 1));
    const second = start(dir, fakeTrial);
    expect([(await first.ended).code, (await second.ended).code]).toEqual([0, 0]);
    expect(readStatus(dir)).toMatchObject({ attempt: 1 });
    expect(steps(dir)).toEqual(ALL);
  });

  it('takes over from a process that shows no sign of life, which writes nothing when it wakes', async () => {
    const dir = trialFolder('trial.momentum=0.5', 'trial.epochs=10');
    const sleeper = start(dir, resumingTrial, '--lease-seconds', '1');
    await until(hasStepped(dir, 5));
    sleeper.child.kill('SIGSTOP');
    const heir = start(dir, resumingTrial, '--lease-seconds', '1');
    expect((await heir.ended).code).toBe(0);
    const files = () =>
      readdirSync(dir, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => [entry.name, readFileSync(join(entry.parentPath, entry.name), 'utf8')]);
    const before = files();
    sleeper.child.kill('SIGCONT');
    const { code, stderr } = await sleeper.ended;
    expect(code).toBe(76);
    expect(stderr).toBe(`${dir}: another process has taken this trial over.\n`);
    expect(files()).toEqual(before);
    expect(steps(dir)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    expect(readStatus(dir)).toMatchObject({ status: 'done', attempt: 2 });
    expect(readEnvironment(dir)).toMatchObject({ engine: 'auto' });
  });
});

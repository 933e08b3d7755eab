import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { tinyConfig } from '../__fixtures__/quick-config.js';
import { signalledTrial, sourceCommand } from '../__fixtures__/source-command.js';
import { temporaryFolder } from '../__fixtures__/temporary-folder.js';
import { planTrials } from '../plan/plan-trials.js';
import { createTrialFolder, readMetrics, readStatus } from '../store/trial-folder.js';

/** 20 steps of a real training: 2 epochs of 8, and half of a third. */
function trialFolder(): string {
  const dir = join(temporaryFolder(), 'trial');
  const [trial] = planTrials(
    tinyConfig('trial.dataset={name: mnist, train: 128, test: 50}', 'axes.batchSize=16', 'axes.clipFactor=0.01'),
  );
  const { epochs, ...config } = trial!.config;
  createTrialFolder(dir, { ...trial!, config: { ...config, steps: 20 }, derived: { ...trial!.derived, steps: 20 } });
  return dir;
}

/** Runs a trial in a process of its own, which sends itself a signal after a step; resolves to what it ended with. */
function run(dir: string, signal?: 'SIGKILL' | 'SIGTERM', step?: number): Promise<[number | null, string | null]> {
  const [program, ...prefix] = sourceCommand;
  const module = signal === undefined ? [] : ['--trial-module', signalledTrial];
  const child = spawn(program, [...prefix, 'run-trial', dir, '--engine', 'wasm', ...module], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, NF_TEST_SIGNAL: signal, NF_TEST_STEP: String(step) },
  });
  child.stderr.resume();
  onTestFinished(() => void child.kill('SIGKILL'));
  return once(child, 'close') as Promise<[number | null, string | null]>;
}

/** The lines of a trial, without the time that each took. */
const linesOf = (dir: string) => readMetrics(dir).map(({ seconds, ...line }) => line);

it('a trial that is killed, resumed, stopped and resumed leaves the lines of an undisturbed one', {
  timeout: 200_000,
}, async () => {
  const [whole, broken] = [trialFolder(), trialFolder()];
  expect(await run(whole)).toEqual([0, null]);
  // Its last checkpoint is of the end of the first epoch.
  expect(await run(broken, 'SIGKILL', 13)).toEqual([null, 'SIGKILL']);
  expect(linesOf(broken).at(-1)).toMatchObject({ type: 'step', step: 13 });
  // A trial that is asked to stop saves first. In the third epoch: its mean loss goes on too.
  expect(await run(broken, 'SIGTERM', 17)).toEqual([75, null]);
  const stopped = readMetrics(broken);
  expect(stopped.at(-1)!.step).toBeGreaterThanOrEqual(17);
  expect(await run(broken)).toEqual([0, null]);
  expect(readMetrics(broken).slice(0, stopped.length)).toEqual(stopped);
  // 20 steps, each with what was clipped in it, 2 ends of epochs, and the end within the third.
  expect(linesOf(whole).length).toBe(43);
  expect(linesOf(broken)).toEqual(linesOf(whole));
  const { metrics } = readStatus(whole)!;
  expect(Object.keys(metrics)).toEqual(['accuracy', 'loss', 'trainLoss']);
  expect(readStatus(broken)).toMatchObject({ status: 'done', step: 20, attempt: 3, metrics });
});

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CONFIG_TEXT } from '../__fixtures__/quick-config.js';
import { fakeTrial, sourceCommand } from '../__fixtures__/source-command.js';
import { temporaryFolder } from '../__fixtures__/temporary-folder.js';
import { until } from '../__fixtures__/until.js';
import type { SweepSummary } from '../report/summarize.js';
import type { TrialStatus } from '../schema/trial-status.js';
import { isAlive } from '../store/process-identity.js';
import { readStatus } from '../store/trial-folder.js';

/** Starts `nf-sweeps` in `cwd`; `result` comes when it ended. */
function start(cwd: string, ...args: string[]) {
  const [program, ...prefix] = sourceCommand;
  const child: ChildProcessWithoutNullStreams = spawn(program, [...prefix, ...args], {
    cwd,
    env: { ...process.env, NO_COLOR: '1' },
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (data) => {
    output.stdout += data;
  });
  child.stderr.on('data', (data) => {
    output.stderr += data;
  });
  const result = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, ...output }));
  });
  return { child, output, result };
}

const nfSweeps = (cwd: string, ...args: string[]) => start(cwd, ...args).result;

/** A folder with `tiny.yaml` in it. */
function project(text = CONFIG_TEXT): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'tiny.yaml'), text);
  return folder;
}

const RUN = ['run', 'tiny.yaml', '--trial-module', fakeTrial];
const SLOW = CONFIG_TEXT.replace('  epochs: 2', '  epochs: 50\n  momentum: 0.5');

describe('nf-sweeps', () => {
  it('plans, runs, lists and reports', async () => {
    const folder = project();
    const plan = await nfSweeps(folder, 'plan', 'tiny.yaml');
    expect(plan.stdout.split('\n')[0]).toBe('clip  batch  learning rate  steps  trial         in the run folder');
    expect(plan.stdout).toContain(' off    512            0.2      4  ');
    expect(plan.stdout).toContain('4 trials, 4 to run in runs/tiny\n');

    const run = await nfSweeps(folder, ...RUN);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toContain('4 trials: 4 to run\n');
    expect(run.stdout).toMatch(/clip off {3}batch 512 {3}diverged @ step 3: loss is NaN\n/);
    expect(run.stdout).toMatch(/clip 0\.01 {2}batch 256 {3}epoch 1\/2: train loss 1\.150, accuracy 77\.0 %\n/);
    expect(run.stdout).toMatch(/4 of 4 finished \(1 diverged\), \d+s so far\n/);
    expect(run.stdout).toMatch(/ off {4}512 {12}0\.2 {4}3\/4 {2}\(67\.5\) {4}\(1\.726\) .* diverged: loss is NaN\n/);
    expect(run.stdout).toContain('\nreport   runs/tiny/report.html\n');

    const after = await nfSweeps(folder, 'plan', 'tiny.yaml', 'axes.batchSize=256,512,1024');
    expect(after.stdout).toContain('6 trials, 2 to run in runs/tiny\n');
    const list = await nfSweeps(folder, 'ls');
    expect(list.stdout.split('\n')[1]).toMatch(
      /^tiny {8}4 {2}3 done, 1 diverged +90\.0 %, as 2 others {2}clip off, batch 256 {2}\d{4}-/,
    );

    const html = join(folder, 'runs/tiny/report.html');
    const before = readFileSync(html, 'utf8');
    writeFileSync(html, '');
    expect((await nfSweeps(folder, 'report', 'runs/tiny')).code).toBe(0);
    expect(readFileSync(html, 'utf8')).toBe(before);
  });

  it('tells how long a plan will take, and what it adds to another', async () => {
    const folder = project();
    const plan = await nfSweeps(folder, 'plan', 'tiny.yaml', '--measure', '--trial-module', fakeTrial);
    expect(plan).toMatchObject({ code: 0, stderr: '' });
    expect(plan.stdout).toMatch(/\nabout \d+s with 2 at a time, by a few steps of each kind\n$/);
    expect(existsSync(join(folder, 'runs'))).toBe(false);

    writeFileSync(join(folder, 'more.yaml'), 'extends: tiny.yaml\naxes: { batchSize: [256, 512, 1024] }\n');
    const diff = await nfSweeps(folder, 'plan', 'more.yaml', '--diff', 'tiny.yaml');
    expect(diff.stdout).toMatch(/^batchSize: 256, 512 -> 256, 512, 1024\n\+ [0-9a-f]{12} {2}clip off, batch 1024\n/);
    expect(diff.stdout).toContain('\n2 added, 0 removed, 4 in both\n');
    expect(diff.stdout).toContain('For an estimate of the time: --measure');
  });

  it('tells a failure at once and ends with code 1', async () => {
    const folder = project(CONFIG_TEXT.replace('epochs: 2', 'epochs: 2\n  seed: 13'));
    const { code, stdout } = await nfSweeps(folder, ...RUN);
    expect(code).toBe(1);
    const told = stdout.indexOf('    Error: the dataset is haunted\n');
    expect(told).toBeGreaterThan(0);
    expect(told).toBeLessThan(stdout.lastIndexOf(' started\n'));
    // The reason once as a line and once with its stack, for each trial; and once in the table.
    expect(stdout.split('the dataset is haunted')).toHaveLength(4 * 3 + 1);
    expect(stdout).toContain('4 of 4 trials failed: see log.txt');
  });

  it('ends with code 2 and a way on for wrong usage', async () => {
    const folder = project(CONFIG_TEXT.replace('epochs', 'epocs'));
    const [config, missing, command, option, list, report] = await Promise.all([
      nfSweeps(folder, ...RUN),
      nfSweeps(folder, 'run', 'tinny.yaml'),
      nfSweeps(folder, 'rum', 'tiny.yaml'),
      nfSweeps(folder, 'run', 'tiny.yaml', '--parallel', '0'),
      nfSweeps(folder, 'ls'),
      nfSweeps(folder, 'report', 'runs/none'),
    ]);
    expect(config.stderr).toMatch(/^tiny\.yaml:7:3: trial\.epocs: unknown key; did you mean epochs\?/m);
    expect(missing.stderr).toBe('tinny.yaml: no such file; did you mean tiny.yaml?\n');
    expect(command.stderr).toMatch(/unknown command 'rum'\n\(Did you mean run\?\)/);
    expect(option.stderr).toContain("option '--parallel <number>' argument '0' is invalid");
    expect(list.stderr).toBe('runs: no such folder. Sweeps are kept in runs/ of the folder they were started in.\n');
    expect(report.stderr).toMatch(/^runs\/none: is no run folder/);
    expect([config, missing, command, option, list, report].map(({ code }) => code)).toEqual([2, 2, 2, 2, 2, 2]);
  });

  it('explains itself and hides what is not for people', async () => {
    const { code, stdout } = await nfSweeps(temporaryFolder(), '--help');
    expect(code).toBe(0);
    expect(stdout).toContain('nf-sweeps run sweeps/quickstart.yaml --quick');
    expect(stdout).toContain('  130  stopped by Ctrl-C');
    expect(stdout).not.toContain('run-trial');
  });

  it('examines the engines of the machine', async () => {
    const folder = temporaryFolder();
    const [text, json] = await Promise.all([
      nfSweeps(folder, 'doctor', 'wasm'),
      nfSweeps(folder, 'doctor', 'cpu', '--json'),
    ]);
    expect(text).toMatchObject({ code: 0, stderr: '' });
    expect(text.stdout).toMatch(
      /\nengine {2}works {2}GFLOP\/s {2}threads {2}versions\nwasm {4}yes +[\d.]+ +\d+ {2}tfjs 4\.\d/,
    );
    expect(text.stdout).toMatch(/\n {2}auto {8}takes (native|webgpu|wasm): \w/);
    expect(JSON.parse(json.stdout)).toMatchObject({ engines: [{ engine: 'cpu', isAvailable: true, threads: 1 }] });
  });

  it.runIf(existsSync('/dev/full'))('says what a full disk needs, with code 1', async () => {
    const folder = project();
    await nfSweeps(folder, ...RUN);
    const summary = join(folder, 'runs/tiny/summary.json');
    rmSync(summary);
    symlinkSync('/dev/full', summary);
    const { code, stderr } = await nfSweeps(folder, 'report', 'runs/tiny');
    expect(stderr).toMatch(/^runs\/tiny\/summary\.json: no space left on the disk \(ENOSPC\)/);
    expect(code).toBe(1);
  });
});

describe('Ctrl-C', () => {
  it('once stops after the current steps, with a summary and code 130', async () => {
    const folder = project(SLOW);
    const { child, output, result } = start(folder, ...RUN);
    await until(() => output.stdout.includes('epoch 1/'));
    child.kill('SIGINT');
    const { code, stdout } = await result;
    expect(code).toBe(130);
    expect(stdout).toContain('Stopping after the current steps. Ctrl-C again kills the trials.\n');
    expect(stdout).toContain('Stopped. The same command continues.\n');
    const summary = JSON.parse(readFileSync(join(folder, 'runs/tiny/summary.json'), 'utf8')) as SweepSummary;
    expect(summary.counts).toEqual({ preempted: 2, queued: 2 });
  });

  it('twice kills the trials', async () => {
    // Steps of a minute: nothing but a kill ends them soon.
    const folder = project(SLOW.replace('momentum: 0.5', 'momentum: 0.6'));
    const { child, output, result } = start(folder, ...RUN);
    await until(() => runningTrials(folder).length === 2);
    child.kill('SIGINT');
    await until(() => output.stdout.includes('Stopping'));
    child.kill('SIGINT');
    const { code, stdout } = await result;
    expect(code).toBe(130);
    expect(stdout).toContain('preempted: the sweep was stopped (SIGKILL)');
  });
});

describe('a sweep process that is killed', () => {
  it('leaves no trial running, and the next run takes the folder over', async () => {
    const folder = project(SLOW);
    const { child, result } = start(folder, ...RUN);
    await until(() => runningTrials(folder).length === 2);
    const trials = runningTrials(folder);
    expect(trials.map((status) => isAlive(status.process!))).toEqual([true, true]);
    child.kill('SIGKILL');
    await result;
    await until(() => trials.every((status) => isAlive(status.process!) === false));

    const again = start(folder, ...RUN);
    await until(() => again.output.stdout.includes('epoch 1/'));
    again.child.kill('SIGINT');
    expect((await again.result).code).toBe(130);
  });
});

/** The statuses of the trials that say they are running. */
function runningTrials(folder: string): TrialStatus[] {
  const plan = join(folder, 'runs/tiny/plan.json');
  if (!existsSync(plan)) return [];
  const { trials } = JSON.parse(readFileSync(plan, 'utf8')) as { trials: string[] };
  return trials
    .map((id) => readStatus(join(folder, 'runs/tiny/trials', id)))
    .filter((status) => status?.status === 'running') as TrialStatus[];
}

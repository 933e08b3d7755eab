import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { silentCommandLine } from '../__fixtures__/silent-command-line.js';
import { sourceCommand } from '../__fixtures__/source-command.js';
import { temporaryFolder } from '../__fixtures__/temporary-folder.js';
import { until } from '../__fixtures__/until.js';
import { planTrial } from '../plan/plan-trials.js';
import type { TrialConfig } from '../schema/trial-schema.js';
import { createTrialFolder, readMetrics, readStatus } from '../store/trial-folder.js';

vi.mock('../own-command.js', () => ({ ownCommand: () => sourceCommand }));

const nfSweeps = silentCommandLine();
const module = fileURLToPath(new URL('../__fixtures__/own-trial.mjs', import.meta.url));

const CONFIG = `name: own
trialModule: own-trial.mjs
trial: { depth: 3 }
axes: { temperature: [0.2, 0.7] }
seeds: 2
`;

/** A folder with a config, and beside it a module that is the fixture, or another. */
function project(config = CONFIG, code = `export { default } from ${JSON.stringify(module)};\n`) {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'own-trial.mjs'), code);
  writeFileSync(join(folder, 'own.yaml'), config);
  return { folder, config: join(folder, 'own.yaml'), dir: join(folder, 'runs', 'own') };
}

/** Runs one trial of `parameters` in a process of its own. */
function start(parameters: object, file = module) {
  const dir = join(temporaryFolder(), 'trials', 'a');
  createTrialFolder(dir, planTrial({ module: 'own-trial.mjs', seed: 1, ...parameters } as unknown as TrialConfig));
  const [program, ...prefix] = sourceCommand;
  const begin = () => {
    const child = spawn(program, [...prefix, 'run-trial', dir, '--trial-module', file], { stdio: 'ignore' });
    return { child, code: new Promise<number | null>((resolve) => void child.on('close', resolve)) };
  };
  return { dir, begin };
}

describe("a function of one's own", () => {
  it('is planned, run, reported and judged by parameters of its own', { timeout: 300_000 }, async () => {
    const { config, dir } = project();
    const plan = await nfSweeps('plan', config, '--out', dir);
    expect(plan).toMatchObject({ code: 0, stderr: '' });
    expect(plan.stdout.split('\n')[0]).toBe('temperature  seed  trial         in the run folder');
    const run = await nfSweeps('run', config, '--out', dir, '--json');
    expect(run.code, run.stdout + run.stderr).toBe(0);
    const lines = run.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const done = lines.filter(({ type }) => type === 'trial-done') as { id: string; metrics: Record<string, number> }[];
    expect(done).toHaveLength(4);
    // 0.9 - 0.3 * 0.5^2 = 0.825 at temperature 0.2, by the noise of its seed and the share of step 3, 1 - 2^-7.
    const trials = JSON.parse((await nfSweeps('report', dir, '--json')).stdout).summary.trials as {
      config: Record<string, number>;
      metrics: Record<string, number>;
    }[];
    for (const {
      config: { temperature, seed },
      metrics,
    } of trials) {
      const expected = (0.9 - 0.3 * (temperature! - 0.7) ** 2 + 0.004 * Math.sin(97 * seed!)) * (1 - 2 ** -7);
      expect(metrics['accuracy']).toBeCloseTo(expected, 12);
      expect(metrics['cost']).toBe(3);
    }
    const verdict = await nfSweeps('verdict', dir, '--between', 'temperature=0.2', 'temperature=0.7');
    expect(verdict.stdout).toContain('temperature');
    expect([0, 20]).toContain(verdict.code);
    const table = JSON.parse((await nfSweeps('export', dir, '--json')).stdout) as { rows: Record<string, unknown>[] };
    expect(
      table.rows.map(({ temperature, depth, module, batchSize }) => [temperature, depth, module, batchSize]),
    ).toEqual([0.2, 0.2, 0.7, 0.7].map((temperature) => [temperature, 3, 'own-trial.mjs', null]));
    // The folder knows its module.
    expect((await nfSweeps('plan', dir)).stdout).toContain(`4 trials, 0 to run in ${dir}\n`);
    const repro = await nfSweeps('repro', join(dir, 'trials', done[0]!.id), '--engine', 'cpu');
    expect(repro.code, repro.stdout + repro.stderr).toBe(0);
  });

  it('is a part of what a trial is by the name of its file, and not by where that lies', async () => {
    const idsOf = async (...words: string[]) =>
      (JSON.parse((await nfSweeps('plan', ...words, '--json')).stdout) as { trials: { id: string }[] }).trials.map(
        ({ id }) => id,
      );
    const ids = await idsOf(project().config);
    expect(await idsOf(project().config)).toEqual(ids);
    const { folder, config } = project(CONFIG.replace('trialModule: own-trial.mjs\n', ''));
    expect(await idsOf(config, '--trial-module', join(folder, 'own-trial.mjs'))).toEqual(ids);
    writeFileSync(join(folder, 'other.mjs'), 'export default async function* () {}\n');
    expect(await idsOf(config, '--trial-module', join(folder, 'other.mjs'))).not.toEqual(ids);
    expect(await idsOf(project().config, 'trial.depth=2,4')).toHaveLength(8);
  });

  it.each([
    [
      'event',
      'must yield events, such as { type: \'metrics\', step: 1, metrics: { accuracy: 0.5 } }, and yielded {"kind":"metrics"}. Types:',
    ],
    ['step', 'the `step` of an event must be a whole number, and metrics had 0.5.'],
    ['text', 'its metrics must be numbers, and accuracy yielded at step 1 was "high".'],
    ['return', "must return { status: 'done', metrics: { accuracy } }, and returned {"],
    ['throws', 'no luck'],
  ])('that does wrong (%s) fails, and what it did is told', async (wrong, says) => {
    const { dir, begin } = start({ wrong });
    expect(await begin().code).toBe(1);
    expect(readStatus(dir)).toMatchObject({ status: 'failed', reason: expect.stringContaining(says) });
  });

  it('that measures NaN has diverged, by the name of what it measured', async () => {
    const { dir, begin } = start({ wrong: 'nan' });
    expect(await begin().code).toBe(10);
    expect(readStatus(dir)).toMatchObject({ status: 'diverged', reason: 'it ended with a accuracy of NaN' });
  });

  it.each([
    [
      'export const trial = 1;\n',
      'has no default export. Write `export default async function* (trial, context) { ... }`.',
    ],
    ['export default 1;\n', 'its default export must be a TrialFunction, got 1.'],
    ['export default async () => 1;\n', 'its function must be an async generator (async function*), and returned 1.'],
    ['export default {{\n', "cannot be loaded (Unexpected token '{')."],
    ["import './none.js';\n", 'cannot be loaded (Cannot find module'],
  ])('of a module such as %j is told by its file', async (code, says) => {
    const { folder } = project(CONFIG, code);
    const { dir, begin } = start({}, join(folder, 'own-trial.mjs'));
    expect(await begin().code).toBe(1);
    expect(readStatus(dir)?.reason).toContain(`own-trial.mjs: ${says}`);
  });

  it('may be TypeScript', async () => {
    const { folder } = project();
    const file = join(folder, 'own.mts');
    writeFileSync(
      file,
      'export default async function* (): AsyncGenerator { return { status: "done", metrics: { accuracy: 0.5 as number } }; }\n',
    );
    const { dir, begin } = start({}, file);
    expect(await begin().code).toBe(0);
    expect(readStatus(dir)).toMatchObject({ status: 'done', metrics: { accuracy: 0.5 } });
  });

  it('is told to stop by its signal in the middle of a step, and goes on from its checkpoint', async () => {
    const { dir, begin } = start({ wait: true });
    const { child, code } = begin();
    await until(() => readMetrics(dir).length === 1);
    child.kill('SIGTERM');
    expect(await code).toBe(75);
    expect(readStatus(dir)).toMatchObject({ status: 'preempted', step: 1 });
    expect(readdirSync(join(dir, 'checkpoints'))).toEqual(['step']);
    // It waits at the same place once more; a step further there is nothing to wait for.
    writeFileSync(join(dir, 'checkpoints', 'step'), '2');
    expect(await begin().code).toBe(0);
    expect(readStatus(dir)).toMatchObject({ status: 'done', attempt: 2 });
    expect(readMetrics(dir).map(({ step }) => step)).toEqual([1, 3]);
    expect(readFileSync(join(dir, 'checkpoints', 'step'), 'utf8')).toBe('3');
  });
});

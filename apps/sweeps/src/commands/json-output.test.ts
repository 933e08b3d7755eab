import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromJson } from '@nfnets/json-numbers';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it, vi } from 'vitest';
import { CONFIG_TEXT } from '../__fixtures__/quick-config.js';
import { writeSeededRun } from '../__fixtures__/seeded-run.js';
import { silentCommandLine } from '../__fixtures__/silent-command-line.js';
import { fakeTrial, resumingTrial, sourceCommand } from '../__fixtures__/source-command.js';
import { syntheticRecords, writeSyntheticRun } from '../__fixtures__/synthetic-sweep.js';
import { temporaryFolder } from '../__fixtures__/temporary-folder.js';
import { outputJsonSchemas } from './documents/json-schemas.js';

vi.mock('../own-command.js', () => ({ ownCommand: () => sourceCommand }));
vi.mock(import('../execute/index.js'), async (original) => ({
  ...(await original()),
  redisWorker: async ({ tell }) => tell('Waits for trials.'),
}));

const nfSweeps = silentCommandLine();
const schemas = outputJsonSchemas();

type Line = Record<string, unknown>;

/** What `nf-sweeps WORDS --json` prints, a line or a document, each of which its command's schema must allow. */
async function json(...words: string[]): Promise<{ lines: Line[]; last: Line; code: number }> {
  const { code, stdout, stderr } = await nfSweeps(...words, '--json');
  const isStream = ['run', 'worker', 'serve'].includes(words[0]!);
  // Progress is for people.
  if (!isStream && words[0] !== 'repro') expect(stderr).toBe('');
  const lines = (isStream ? stdout.trimEnd().split('\n') : [stdout]).map((text) => JSON.parse(text) as Line);
  const check = new Ajv2020({ allowUnionTypes: true }).compile(schemas[words[0]!]!);
  for (const line of lines) expect(check(line), `${JSON.stringify(line)}\n${JSON.stringify(check.errors)}`).toBe(true);
  const last = lines.at(-1)!;
  expect(last['exitCode']).toBe(code);
  return { lines, last, code };
}

function project(text = CONFIG_TEXT) {
  const folder = temporaryFolder();
  const config = join(folder, 'tiny.yaml');
  writeFileSync(config, text);
  return { folder, config, dir: join(folder, 'runs', 'tiny') };
}

describe('--json', () => {
  it('tells a run by a line for each event, and what its trials came to', async () => {
    const { config, dir } = project();
    const { lines, last, code } = await json('run', config, '--out', dir, '--trial-module', fakeTrial);
    expect(code).toBe(0);
    const kinds = lines.map(({ type }) => type);
    expect(kinds[0]).toBe('sweep-started');
    expect(kinds.filter((kind) => kind === 'trial-started')).toHaveLength(4);
    expect(kinds.filter((kind) => kind === 'trial-done')).toHaveLength(3);
    expect(kinds.filter((kind) => kind === 'trial-diverged')).toHaveLength(1);
    // Two epochs of three trials, and one of that which diverged in the second.
    expect(kinds.filter((kind) => kind === 'trial-epoch')).toHaveLength(7);
    expect(last).toMatchObject({ type: 'sweep-ended', asked: 4, failed: [], counts: { done: 3, diverged: 1 } });

    const trial = (lines.find(({ type }) => type === 'trial-done') as { id: string }).id;
    expect((await json('plan', config, '--out', dir)).last).toMatchObject({ toRun: [], isPart: false, conflicts: [] });
    expect((await json('gc', dir)).last).toMatchObject({ bytes: 0, trials: 0, isDryRun: false });
    expect((await json('reindex', dir)).last).toMatchObject({ trials: 4 });
    const again = await json('repro', join(dir, 'trials', trial), '--engine', 'cpu', '--trial-module', fakeTrial);
    expect(again.last).toMatchObject({ isSame: true, largest: 0 });
  });

  it('tells a trial that failed, and of a repetition that ends otherwise', async () => {
    const { config, dir } = project(CONFIG_TEXT.replace('epochs: 2', 'epochs: 2\n  seed: 13'));
    const { lines, last, code } = await json(
      'run',
      config,
      'axes.batchSize=256',
      '--out',
      dir,
      '--trial-module',
      fakeTrial,
    );
    expect(code).toBe(1);
    const failed = lines.filter(({ type }) => type === 'trial-failed');
    expect(failed[0]).toMatchObject({ reason: 'the dataset is haunted', step: 0 });
    expect(new Set(last['failed'] as string[])).toEqual(new Set(failed.map(({ id }) => id)));
    const again = await json(
      'repro',
      join(dir, 'trials', String(failed[0]!['id'])),
      '--engine',
      'cpu',
      '--trial-module',
      resumingTrial,
    );
    expect(again).toMatchObject({ code: 1, last: { isSame: false, before: 'failed', after: 'done' } });
  });

  it('tells plans, how long they take, what they change, and why a folder does not take them', async () => {
    const { config, folder, dir } = project();
    const plan = await json('plan', config, '--measure', '--trial-module', fakeTrial);
    expect(plan.last).toMatchObject({ name: 'tiny', repeated: 0, estimate: { parallel: 2, source: 'measured' } });
    expect(plan.last['trials']).toHaveLength(4);
    const more = join(folder, 'more.yaml');
    writeFileSync(more, 'extends: tiny.yaml\naxes: { batchSize: [512, 1024] }\n');
    const { diff } = (await json('plan', more, '--diff', config)).last as { diff: Record<string, unknown[]> };
    expect([diff['added'], diff['removed'], diff['kept']].map((list) => list!.length)).toEqual([2, 2, 2]);
    writeSeededRun(dir, () => 80);
    const other = await json('plan', config, 'trial.epochs=3', '--out', dir);
    expect(other).toMatchObject({ code: 2, last: { conflicts: ['trial.epochs is 3 now, 2 in the folder'] } });
  });

  it('tells reports, tables, comparisons, verdicts and lists', async () => {
    const { folder } = project();
    const [a, b] = [join(folder, 'runs', 'a'), join(folder, 'runs', 'b')];
    writeSyntheticRun(a, syntheticRecords({ clipFactors: [0.01, 0.16], batchSizes: [256, 2048] }));
    for (const dir of [b, join(folder, 'c')]) {
      const better = dir === b ? 2 : 0;
      writeSeededRun(
        dir,
        ({ seed, clipFactor }) => (clipFactor === 'off' ? Number.NaN : 80 + seed / 10 + better),
        'seeds=3',
        `trial.momentum=${dir === b ? 0.9 : 0.8}`,
      );
    }
    const report = (await json('report', a)).last as { summary: { trials: unknown[] }; figures: string[] };
    expect(report.summary.trials).toHaveLength(24);
    expect(report.figures).toContain('heatmap');
    const table = (await json('export', a, '--table', 'epochs')).last as { rows: unknown[]; count: number };
    expect(table.rows).toHaveLength(table.count);
    const file = join(folder, 'trials.csv');
    expect((await json('export', a, '--out', file)).last).toMatchObject({ out: file, count: 24, format: 'csv' });
    expect((await json('compare', join(folder, 'c'), b)).last).toMatchObject({
      treatment: [{ path: 'momentum', a: 0.8, b: 0.9 }],
      overall: { mean: expect.closeTo(2, 9), rows: 2, seeds: 3 },
    });
    const verdict = await json('verdict', join(folder, 'c'), b);
    // What diverges in both is to be tested again.
    expect(verdict).toMatchObject({ code: 20, last: { answer: 'test again', goal: { margin: 0.5, level: 0.05 } } });
    expect((await json('verdict', join(folder, 'c'), b, '--where', 'clipFactor=0.01')).code).toBe(0);
    const list = (await json('ls', join(folder, 'runs'))).last as { sweeps: { folder: string; total: number }[] };
    expect(list.sweeps.map(({ folder, total }) => [folder, total])).toEqual([
      ['a', 24],
      ['b', 12],
    ]);
  });

  it('tells jobs, machines, pages and workers', async () => {
    const { config, folder, dir } = project();
    const job = await json(
      'render',
      'k8s',
      config,
      '--out',
      dir,
      '--image',
      'nf:1',
      '--claim',
      'disk',
      '--mount',
      '/runs',
    );
    expect(job.last).toMatchObject({ trials: 4, name: 'tiny', job: expect.stringContaining('kind: "Job"') });
    const doctor = await json('doctor', 'cpu');
    expect(doctor.last).toMatchObject({ engines: [{ engine: 'cpu', isAvailable: true }] });
    expect((await json('worker')).lines[0]).toMatchObject({ type: 'note', text: 'Waits for trials.' });
    const served = json('serve', dir, '--port', '0');
    setTimeout(() => process.emit('SIGTERM'), 1000);
    expect((await served).lines[0]).toMatchObject({ type: 'serving', address: expect.stringMatching(/^http:\/\/127/) });
    expect((await json('ls', join(folder, 'runs'))).last['sweeps']).toHaveLength(1);
  });

  it('writes numbers that JSON lacks by their names, as the run folder does', async () => {
    const { dir } = project();
    writeSeededRun(dir, () => 80);
    const { stdout } = await nfSweeps('verdict', dir, '--between', 'clipFactor=off', 'clipFactor=0.01', '--json');
    const { noise } = fromJson(stdout) as { noise: { pairs: { freedom: number } } };
    expect(stdout).not.toContain('null');
    expect(noise.pairs.freedom).toBe(0);
  });

  it('tells what is damaged, with code 1', async () => {
    const { dir } = project();
    writeSeededRun(dir, () => 80);
    const { trials } = JSON.parse((await nfSweeps('plan', dir, '--json')).stdout) as { trials: { id: string }[] };
    const status = join(dir, 'trials', trials[0]!.id, 'status.json');
    writeFileSync(status, '{');
    const { code, last } = await json('report', dir);
    expect(code).toBe(1);
    expect(last['warnings']).toEqual([expect.stringContaining(`${status}: not valid JSON`)]);
  });
});

describe('an error under --json', () => {
  it.each([
    [['plan', 'none.yaml'], { code: 'input', message: 'none.yaml: no such file.' }],
    [['run', 'none.yaml'], { code: 'input', message: 'none.yaml: no such file.' }],
    [['report', 'none'], { code: 'input', message: expect.stringMatching(/^none: is no run folder/) }],
    [['ls', 'none'], { code: 'input', message: expect.stringMatching(/^none: no such folder/) }],
    [['run', 'a.yaml', '--parallel', '0'], { code: 'command-line', option: '--parallel' }],
    [
      ['plan', '--paralel', '2'],
      { code: 'command-line', option: '--paralel', message: expect.stringContaining('Did you mean --parallel?') },
    ],
    [['verdict', 'a'], { code: 'input', message: expect.stringMatching(/^verdict: takes two run folders/) }],
    [['verdict', 'a', 'b', '--between', 'x=1', 'x=2'], { code: 'command-line', option: '--between' }],
    [['render', 'k8s', 'a.yaml'], { code: 'command-line', option: '--out' }],
    [['export', 'none'], { code: 'input' }],
    [['compare', 'none', 'none'], { code: 'input' }],
    [['gc', 'none'], { code: 'input' }],
    [['reindex', 'none'], { code: 'input' }],
    [['repro', 'none'], { code: 'input' }],
    [['serve', 'none'], { code: 'input' }],
    [['doctor', 'cuda'], { code: 'command-line' }],
    [['worker', '--slots', 'two'], { code: 'command-line', option: '--slots' }],
  ])('of %j is a document too', async (words, error) => {
    const { last, code } = await json(...words);
    expect(code).toBe(2);
    expect(last).toMatchObject({ type: 'error', command: words[0], error });
  });

  it('has the place and the key of each mistake in a config', async () => {
    const { config } = project(CONFIG_TEXT.replace('epochs: 2', 'epocs: 2').replace('base: 0.1', 'base: -1'));
    const { last } = await json('plan', config);
    expect(last['error']).toMatchObject({
      ...{ code: 'config', file: config },
      problems: [
        {
          file: config,
          line: 8,
          column: 25,
          key: 'trial.learningRate.base',
          message: expect.stringMatching(/must be a number above 0, got -1\.$/),
        },
        {
          file: config,
          line: 7,
          column: 3,
          key: 'trial.epocs',
          message: expect.stringContaining('did you mean epochs?'),
        },
      ],
    });
    const setting = await json('plan', project().config, 'trial.epochs=two');
    expect(setting.last['error']).toMatchObject({ code: 'command-line', key: 'trial.epochs' });
  });

  it('of a word that is no command is one too, and names it', async () => {
    const { stdout, code } = await nfSweeps('plam', '--json');
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      command: 'plam',
      error: { code: 'command-line', message: "unknown command 'plam'\n(Did you mean plan?)" },
    });
  });
});

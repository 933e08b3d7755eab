import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { CONFIG_TEXT, tinyConfig } from '../__fixtures__/quick-config.js';
import { silentCommandLine } from '../__fixtures__/silent-command-line.js';
import { resumingTrial, sourceCommand } from '../__fixtures__/source-command.js';
import { syntheticOutcome, writeSyntheticRun } from '../__fixtures__/synthetic-sweep.js';
import { temporaryFolder } from '../__fixtures__/temporary-folder.js';
import { startServer } from '../commands/serve-command.js';
import { planTrials } from '../plan/plan-trials.js';
import { updateIndex } from './open-run.js';
import { runFiles } from './run-folder.js';
import { readStatus, trialFiles } from './trial-folder.js';
import { jsonText } from './write-file-safely.js';

vi.mock('../own-command.js', () => ({ ownCommand: () => sourceCommand }));

const DAMAGES: Readonly<Record<string, (path: string) => void>> = {
  empty: (path) => writeFileSync(path, ''),
  truncated: (path) => writeFileSync(path, readFileSync(path).subarray(0, -9)),
  garbage: (path) => writeFileSync(path, Buffer.from([0, 255, 123, 10, 34, 200, 10])),
  'of another type': (path) => writeFileSync(path, '[3]\n'),
  'a folder': (path) => replaced(path, () => mkdirSync(path)),
  // Nobody may follow it, whoever he is.
  unreadable: (path) => replaced(path, () => symlinkSync(path, path)),
  deleted: (path) => replaced(path, () => {}),
};

const replaced = (path: string, put: () => void) => {
  rmSync(path, { recursive: true, force: true });
  put();
};

const CONFIG = tinyConfig('axes.batchSize=256');
const TRIALS = planTrials(CONFIG);
const [HURT, WHOLE] = TRIALS.map(({ id }) => id) as [string, string];

const nfSweeps = silentCommandLine();

interface Project {
  readonly root: string;
  readonly dir: string;
  readonly other: string;
  readonly config: string;
}

/** A folder with two run folders of two trials each, and the config of both. */
function project(): Project {
  const root = temporaryFolder();
  const [dir, other, config] = [join(root, 'runs/hurt'), join(root, 'runs/other'), join(root, 'tiny.yaml')];
  for (const each of [dir, other]) writeSyntheticRun(each, TRIALS.map(syntheticOutcome), CONFIG);
  writeFileSync(config, CONFIG_TEXT);
  return { root, dir, other, config };
}

/** What reads a run folder, by its name. */
const COMMANDS = {
  plan: ({ dir, config }: Project) => ['plan', config, 'axes.batchSize=256', '--out', dir],
  ls: ({ root }) => ['ls', join(root, 'runs')],
  export: ({ dir }) => ['export', dir],
  compare: ({ dir, other, root }) => ['compare', dir, other, '--out', join(root, 'compared')],
  gc: ({ dir }) => ['gc', dir],
  reindex: ({ dir }) => ['reindex', dir],
  report: ({ dir }) => ['report', dir],
} satisfies Record<string, (project: Project) => string[]>;

type Command = keyof typeof COMMANDS;

/** The files of a run folder, and which commands have to tell of one that is damaged. */
const FILES: readonly {
  name: string;
  path: (dir: string) => string;
  tell: readonly Command[];
  /** What the index knows of a trial is not read again. */
  isUnknownToIndex?: true;
}[] = [
  {
    name: 'plan.json',
    path: (dir) => runFiles(dir).plan,
    tell: ['plan', 'ls', 'export', 'compare', 'gc', 'reindex', 'report'],
  },
  {
    name: 'status.json',
    path: (dir) => trialFiles(runFiles(dir).trial(HURT)).status,
    tell: ['plan', 'ls', 'export', 'compare', 'gc', 'reindex', 'report'],
  },
  {
    name: 'config.json',
    isUnknownToIndex: true,
    path: (dir) => trialFiles(runFiles(dir).trial(HURT)).config,
    // From `reindex` on the index knows the trial.
    tell: ['ls', 'export', 'compare', 'gc', 'reindex'],
  },
  { name: 'metrics.jsonl', path: (dir) => trialFiles(runFiles(dir).trial(HURT)).metrics, tell: [] },
  {
    name: 'environment.json',
    path: (dir) => trialFiles(runFiles(dir).trial(HURT)).environment,
    tell: ['reindex', 'report'],
  },
  { name: 'checkpoints', path: (dir) => trialFiles(runFiles(dir).trial(HURT)).checkpoints, tell: [] },
  { name: 'prune.json', path: (dir) => trialFiles(runFiles(dir).trial(HURT)).prune, tell: [] },
  { name: 'index.sqlite', path: (dir) => runFiles(dir).index, tell: [] },
  { name: 'lock.json', path: (dir) => join(dir, 'lock.json'), tell: [] },
];

const CASES = FILES.flatMap((file) => Object.keys(DAMAGES).map((damage) => ({ ...file, damage })));

describe('a file of a run folder', () => {
  it.each(CASES)('$name, $damage, costs itself alone', async ({ path, tell, damage, isUnknownToIndex }) => {
    const made = project();
    if (!isUnknownToIndex) await updateIndex(made.dir);
    const file = path(made.dir);
    mkdirSync(dirname(file), { recursive: true });
    if (damage === 'truncated') {
      if (file.endsWith('checkpoints')) return;
      if (/lock|prune/.test(file)) writeFileSync(file, jsonText({ pid: 1, host: 'elsewhere', reason: 'slow' }));
    }
    DAMAGES[damage]!(file);
    const isOfPlan = file.endsWith('plan.json');
    for (const [name, argumentsOf] of Object.entries(COMMANDS)) {
      if (name === 'report' && !/status|metrics|environment|plan/.test(file)) continue;
      const { code, stdout, stderr } = await nfSweeps(...argumentsOf(made));
      const what = `${name}: ${stdout}${stderr}`;
      expect(what).not.toMatch(/^ +at /m);
      expect(what).not.toMatch(/undefined|TypeError|SyntaxError|ZodError/);
      if (damage !== 'deleted' && tell.includes(name as Command)) {
        expect(stderr, what).toContain(file);
        expect(stderr.trim().split('\n'), what).toHaveLength(1);
        expect(code, what).toBe(name === 'plan' && !isOfPlan ? 0 : isOfPlan && name !== 'ls' ? 2 : 1);
      }
      if (isOfPlan) continue;
      if (name === 'ls') expect(stdout, what).toMatch(/^hurt +2 /m);
      if (name === 'plan' || name === 'export' || name === 'report') {
        expect(stdout, what).toContain(WHOLE);
        expect(stdout, what).toContain(HURT);
      }
    }
    if (!isOfPlan) {
      const server = await startServer(made.dir, { host: '127.0.0.1', port: 0, pageDir: made.root, every: 50 }).catch(
        (error: Error) => error,
      );
      if (server instanceof Error) expect(server.message).toContain('the live page is not built');
      else await server.close();
    }
    expect((await nfSweeps('ls', join(made.root, 'runs'))).stdout).toMatch(/^other +2 /m);
  });
});

describe('a value of another type within a file', () => {
  const STATUS = (dir: string) => trialFiles(runFiles(dir).trial(HURT)).status;
  const PLAN = (dir: string) => runFiles(dir).plan;
  it.each([
    { name: 'reason', path: STATUS, change: { reason: { a: 1 } } },
    { name: 'metrics', path: STATUS, change: { metrics: [1] } },
    { name: 'description', path: PLAN, change: { config: { ...CONFIG, description: {} } } },
    { name: 'tags', path: PLAN, change: { config: { ...CONFIG, tags: 4 } } },
    { name: 'boundary', path: PLAN, change: { config: { ...CONFIG, boundary: 3 } } },
    { name: 'trial', path: PLAN, change: { config: { ...CONFIG, trial: {} } } },
  ])('is damage of the file: $name', async ({ path, change }) => {
    const made = project();
    const file = path(made.dir);
    writeFileSync(file, jsonText({ ...JSON.parse(readFileSync(file, 'utf8')), ...change }));
    for (const command of [COMMANDS.export, COMMANDS.report]) {
      const { code, stderr } = await nfSweeps(...command(made));
      expect(stderr).toMatch(/^[^\n]*: does not hold what it should\. [^\n]*\.\n$/);
      expect(stderr).toContain(file);
      expect(code).toBe(path === PLAN ? 2 : 1);
    }
  });
});

describe('a run in a folder with something damaged', () => {
  const run = ({ config, dir }: Project) =>
    nfSweeps('run', config, 'axes.batchSize=256', '--out', dir, '--trial-module', resumingTrial);

  it('trains a trial again whose status cannot be read, writes other files anew, and says so', async () => {
    const made = project();
    const hurt = trialFiles(runFiles(made.dir).trial(HURT));
    const whole = trialFiles(runFiles(made.dir).trial(WHOLE));
    writeFileSync(hurt.status, '{');
    writeFileSync(hurt.metrics, 'x\n');
    writeFileSync(whole.config, '');
    writeFileSync(runFiles(made.dir).index, 'no database');
    mkdirSync(join(runFiles(made.dir).trial(HURT), 'lease-1'));
    writeFileSync(join(runFiles(made.dir).trial(HURT), 'lease-1/holder.json'), '[]');
    const { code, stdout, stderr } = await run(made);
    expect(stdout).toContain(`${hurt.status}: not valid JSON`);
    expect(stdout).toContain('2 trials: 1 to run, 1 kept from earlier runs\n');
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(readFileSync(whole.config, 'utf8'))).toEqual(TRIALS[1]);
    expect(readStatus(runFiles(made.dir).trial(HURT))).toMatchObject({ status: 'done', step: 8 });
  });

  it('ends with the file and the way out where it cannot begin, or cannot write', async () => {
    const made = project();
    const { dir } = made;
    const says = async (path: string, damage: string, code: number, message: string) => {
      await DAMAGES[damage]!(path);
      const ended = await run(made);
      expect(ended.stderr).toBe(`${path}: ${message}\n`);
      expect(ended.code).toBe(code);
      rmSync(path, { recursive: true, force: true });
    };
    const noProcess = 'does not say which process works in this folder. If no run works in this folder, delete it.';
    await says(join(dir, 'lock.json'), 'empty', 2, noProcess);
    await says(join(dir, 'lock.json'), 'of another type', 2, noProcess);
    await says(
      join(dir, 'lock.json'),
      'a folder',
      2,
      'cannot be read (EISDIR). If no run works in this folder, delete it.',
    );
    await says(
      runFiles(dir).plan,
      'a folder',
      2,
      'is no file. Delete it and run the sweep again: it is written anew, and the trials are kept.',
    );
    await says(
      runFiles(dir).summary,
      'a folder',
      1,
      'cannot be written (EISDIR): a folder is in its place. Move it away.',
    );
    await says(
      runFiles(dir).figures,
      'empty',
      1,
      'cannot be written (EEXIST): a file is in the place of a folder. Move it away.',
    );
  });

  it('fails the one trial whose file has a folder in its place', async () => {
    const made = project();
    const { status } = trialFiles(runFiles(made.dir).trial(HURT));
    DAMAGES['a folder']!(status);
    const { code, stdout, stderr } = await run(made);
    expect(code).toBe(1);
    expect(stdout + stderr).not.toMatch(/^ +at /m);
    expect(stdout).toContain(
      `failed: ${status}: cannot be written (EISDIR): a folder is in its place. Move it away.\n`,
    );
    expect(stdout).toContain('1 of 2 trials failed');
  });
});

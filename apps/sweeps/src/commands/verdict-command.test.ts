import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { split } from 'shellwords-ts';
import { describe, expect, it } from 'vitest';
import { type AccuracyOf, seededRecords, writeSeededRun } from '../__fixtures__/seeded-run.js';
import { silentCommandLine } from '../__fixtures__/silent-command-line.js';
import { writeSyntheticRun } from '../__fixtures__/synthetic-sweep.js';
import { temporaryFolder } from '../__fixtures__/temporary-folder.js';
import { DEFAULT_GOAL } from '../report/index.js';
import { loadConfig } from './load-config.js';
import { describeProgram } from './program/describe-program.js';

const nfSweeps = silentCommandLine();

const NOISE = [0.3, -0.45, 0.6, -0.3, 0.15];
/** Clip factor 0.01 is better by 2 points at batch 256, and by `at512` at 512. */
const accuracies =
  (at512: number): AccuracyOf =>
  ({ clipFactor, batchSize, seed }) =>
    85 + seed + (clipFactor === 'off' ? 0 : (batchSize === 256 ? 2 : at512) + NOISE[(seed + batchSize / 256) % 5]!);

function run(at512: number, ...settings: string[]): string {
  const dir = join(temporaryFolder(), 'runs', 'tiny');
  writeSeededRun(dir, accuracies(at512), 'trial.dataset.test=2000', 'seeds=3', ...settings);
  return dir;
}
const BETWEEN = ['--between', 'clipFactor=off', 'clipFactor=0.01'];

describe('verdict', () => {
  it('ends with 0 where it keeps, 10 where it discards, 20 where it asks for more', async () => {
    const kept = await nfSweeps('verdict', run(2), ...BETWEEN);
    expect(kept.stdout).toContain('Answer: keep\n');
    expect(kept.code).toBe(0);
    expect((await nfSweeps('verdict', run(-2), ...BETWEEN)).code).toBe(10);
    expect((await nfSweeps('verdict', run(0.4), ...BETWEEN)).code).toBe(20);
    expect((await nfSweeps('verdict', run(0.4), ...BETWEEN, '--where', 'batchSize=256')).code).toBe(0);
    expect((await nfSweeps('verdict', run(0.4), ...BETWEEN, '--margin', '3')).code).toBe(10);
  });

  it('compares two folders', async () => {
    const [a, b] = [run(0.4), run(0.4, 'trial.momentum=0.8')];
    const { code, stdout } = await nfSweeps('verdict', a, b);
    expect(stdout).toContain('momentum 0.8 over 0.9 at clipFactor off, batchSize 256: +0.00 points');
    expect(code).toBe(10);
  });

  it.each([
    ['a number of seeds', []],
    ['a list of seeds', ['seeds=1,2,4']],
    ['an axis of seeds', ['seeds=null', 'axes.seed=1,2,3']],
    ['a range', ['axes.batchSize={ range: [256, 1024, 256] }']],
    ['what is left out', ['axes.batchSize=256,512,1024', 'exclude=[{ clipFactor: off, batchSize: 1024 }]']],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the sweep's own
    ['references', ['trial.dataset.splitSeed=${trial.seed}']],
  ])('gives a command that adds the seeds to what is open, and to nothing else: of %s', async (_, settings) => {
    const dir = run(0.4, ...settings);
    const { stdout } = await nfSweeps('verdict', dir, ...BETWEEN, '--where', 'batchSize=512');
    const [, seeds] = /test again with (\d+) seeds\n/.exec(stdout)!;
    const [, command, added] = /^nf-sweeps (run .*) {4}# (\d+) more trials$/m.exec(stdout)!;
    // Two combinations of the four or more.
    expect(Number(added)).toBe(2 * (Number(seeds) - 3));
    const [, ...words] = split(command!);
    const planned = await nfSweeps('plan', ...words);
    expect(planned.stderr).toBe('');
    expect(planned.code).toBe(0);
    expect(planned.stdout).toContain(` trials, ${added} to run in ${dir}\n`);
    expect(planned.stdout).not.toContain('belongs to another plan');
  });

  it('gives a command for what the last one left out', async () => {
    const dir = run(0.4);
    const ask = (...words: string[]) => nfSweeps('verdict', dir, ...BETWEEN, ...words);
    const settingsOf = (stdout: string) => split(/^nf-sweeps run \S+ (.*?) {4}#/m.exec(stdout)![1]!);
    const settings = settingsOf((await ask('--where', 'batchSize=512')).stdout);
    const { config } = await loadConfig(dir, { overrides: settings });
    writeSyntheticRun(dir, seededRecords(config, accuracies(0.4)), config);
    // Of the other batch size, which has its three seeds still.
    const { stdout } = await ask('--where', 'batchSize=256', '--level', '0.001');
    const [, seeds] = /test again with (\d+) seeds\n/.exec(stdout)!;
    const planned = await nfSweeps('plan', dir, ...settingsOf(stdout));
    expect(planned.code).toBe(0);
    expect(planned.stdout.match(/ 256 .*to run/g)).toHaveLength(2 * (Number(seeds) - 3));
  });

  it.each([
    [[], 'verdict: takes two run folders, or one and --between with two settings of it, got'],
    [['DIR'], 'is both A and B. Name another folder, or one alone and --between.'],
    [['OTHER', ...BETWEEN], '--between: must be of one run folder, got'],
    [
      ['--between', 'clipFactor=off'],
      '--between: must have two settings, got 1 (clipFactor=off). Give it behind the folder',
    ],
    [[...BETWEEN, '--margin', '0'], "option '--margin <points>' argument '0' is invalid. It must be a number above 0."],
    [
      [...BETWEEN, '--power', '80'],
      "option '--power <share>' argument '80' is invalid. It must be a number between 0 and 1",
    ],
    [
      [...BETWEEN, '--level', '0'],
      "option '--level <share>' argument '0' is invalid. It must be a number between 0 and 1",
    ],
    [[...BETWEEN, '--looks', '1.5'], "option '--looks <number>' argument '1.5' is invalid. It must be a whole number"],
    [[...BETWEEN, '--where', 'batch=256'], '--where: must name a key of the trials, got batch'],
  ])('refuses %j', async (words, message) => {
    const dir = run(0.4);
    const { code, stderr, stdout } = await nfSweeps(
      'verdict',
      dir,
      ...words.map((word) => (word === 'DIR' ? dir : word)),
    );
    expect(stderr).toContain(message);
    expect([code, stdout]).toEqual([2, '']);
  });
});

it('is asked the same by the command and by the page, where nobody says otherwise', () => {
  const { program } = describeProgram(() => {});
  const command = program.commands.find((each) => each.name() === 'verdict');
  expect(command?.opts()).toMatchObject(DEFAULT_GOAL);
});

describe('a run folder in place of a config', () => {
  it('is planned as it was made, in itself', async () => {
    const dir = run(2);
    const { code, stdout } = await nfSweeps('plan', dir);
    expect(code).toBe(0);
    expect(stdout).toContain(`12 trials, 0 to run in ${dir}\n`);
    expect(existsSync(join(dir, 'index.sqlite'))).toBe(false);
    expect((await nfSweeps('plan', dir, '--quick')).stderr).toContain('has no `quick` section');
    expect((await nfSweeps('plan', temporaryFolder())).stderr).toContain('is a folder; a sweep config is a YAML file');
  });
});

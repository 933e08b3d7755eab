import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CONFIG_TEXT, tinyConfig } from '../__fixtures__/quick-config.js';
import { silentCommandLine } from '../__fixtures__/silent-command-line.js';
import { temporaryFolder } from '../__fixtures__/temporary-folder.js';
import { planTrials } from '../plan/plan-trials.js';
import { layOutRun } from '../store/lay-out-run.js';

const nfSweeps = silentCommandLine();

function project(text = CONFIG_TEXT) {
  const folder = temporaryFolder();
  const config = join(folder, 'tiny.yaml');
  writeFileSync(config, text);
  return {
    dir: join(folder, 'run'),
    plan: (...args: string[]) => nfSweeps('plan', config, '--out', join(folder, 'run'), ...args),
    config,
  };
}

it('tells of a part of a folder, and ends with code 2 where the folder is of another plan', async () => {
  const { dir, plan } = project();
  const config = tinyConfig();
  mkdirSync(dir);
  layOutRun(dir, config, planTrials(config));
  const part = await plan('axes.batchSize=256');
  expect(part.stdout).toContain('2 trials, 2 to run in');
  expect(part.stdout).toContain('\nThey are a part of the 4 trials of that folder; run makes these alone\n');
  expect(part.code).toBe(0);
  const other = await plan('trial.epochs=3');
  expect(other.stdout).toContain(
    'That folder belongs to another plan; run with --out DIR:\n  trial.epochs is 3 now, 2 in the folder\n',
  );
  expect(other.code).toBe(2);
});

it('tells how many of the drawn trials are others once more', async () => {
  const { code, stdout } = await project().plan('method={name: random, count: 10}', 'axes.clipFactor=0.01');
  expect(stdout).toContain('2 trials, 2 to run in');
  expect(stdout).toContain('\n8 of the 10 trials that random draws repeat others, and are made once\n');
  expect(code).toBe(0);
});

it('checks a precision for the engine of the command line', async () => {
  const { plan } = project(CONFIG_TEXT.replace('epochs: 2', 'epochs: 2\n  precision: bfloat16'));
  const onConfigs = await plan();
  expect(onConfigs.stderr).toMatch(
    /tiny\.yaml:8:14: trial\.precision: must be float32 or auto on engine cpu, got "bfloat16"/,
  );
  expect((await plan('--engine', 'wasm')).stderr).toContain('on engine wasm');
  const onNative = await plan('--engine', 'native');
  expect(onNative.stdout).toContain('4 trials, 4 to run in');
  expect([onConfigs.code, onNative.code]).toEqual([2, 0]);
});

it('looks at the names of layers, and at the folder of the images', async () => {
  const { plan, config } = project();
  const wrong = await plan('trial.clipExclude=[linera]');
  expect(wrong.stderr).toMatch(/^trial\.clipExclude: "linera" fits no weight of the model; did you mean linear\?/);
  expect(wrong.stdout).toContain('4 trials, 4 to run');
  expect(wrong.code).toBe(2);
  expect(await plan('trial.clipExclude=[stem_*]')).toMatchObject({ code: 0, stderr: '' });
  const data = ['trial.dataset={name: image_folder, path: /no/such, imageSize: 32, train: 1024, test: 8}'];
  const says =
    'trial.dataset.path: /no/such: no such folder on this machine. Give another with trial.dataset.path=DIR.\n';
  expect(await plan(...data)).toMatchObject({ code: 0, stderr: says });
  expect(await nfSweeps('run', config, ...data)).toMatchObject({ code: 2, stderr: says, stdout: '' });
});

it('refuses --quick where the config has no quick section', async () => {
  const { code, stderr } = await project().plan('--quick');
  expect(stderr).toMatch(/tiny\.yaml: has no `quick` section, which --quick puts over the rest\. Add one, such as /);
  expect(code).toBe(2);
});

describe('a part of a plan', () => {
  const idsOf = ({ stdout }: { stdout: string }) =>
    (JSON.parse(stdout) as { trials: { id: string; config: { batchSize: number; clipFactor: number } }[] }).trials;

  it('is chosen by values, by ids, and by what failed', async () => {
    const { plan } = project();
    const all = idsOf(await plan('--json'));
    expect(all).toHaveLength(4);
    const large = idsOf(await plan('--where', 'batchSize=512', '--json'));
    expect(large.map(({ config }) => config.batchSize)).toEqual([512, 512]);
    const one = idsOf(await plan('--where', 'batchSize=512,clipFactor!=off', '--json'));
    expect(one.map(({ config }) => [config.batchSize, config.clipFactor])).toEqual([[512, 0.01]]);
    expect(idsOf(await plan('--where', 'batchSize>256', '--where', 'clipFactor<=0.02', '--json'))).toEqual(one);
    const [first, , third] = all.map(({ id }) => id);
    expect(idsOf(await plan('--only', `${third},${first}`, '--json')).map(({ id }) => id)).toEqual([first, third]);
    expect(idsOf(await plan('--retry', 'failed', '--json'))).toEqual([]);
  });

  it('is shown in the order in which it would run, whatever the config says', async () => {
    const { plan } = project();
    const toRun = async (...words: string[]) =>
      (JSON.parse((await plan('--json', ...words)).stdout) as { toRun: string[] }).toRun;
    const longest = await toRun();
    const random = await toRun('--order', 'random');
    expect(random).not.toEqual(longest);
    expect(random.toSorted()).toEqual(longest.toSorted());
    expect(await toRun('order=random')).toEqual(random);
  });

  it.each([
    [['--where', 'batch=256'], '--where: must name a key of the trials, got batch; did you mean batchSize?'],
    [['--where', 'batchSize'], '--where: must look like key=value, for example clipFactor=0.04; got batchSize.'],
    [
      ['--where', 'batchSize=128'],
      '--where: batchSize must be one of the values that trials have (256, 512), got 128.',
    ],
    [['--where', 'batchSize<many'], '--where: batchSize< must have a number behind it, got many.'],
    [['--where', 'batchSize>='], '--where: batchSize>= must have a number behind it, got nothing.'],
    [['--where', 'model<3'], '--where: model has no numbers to be compared (nfnet_digits). Use = or !=.'],
    [['--where', 'batchSize<256'], '--where: no trial of this plan has batchSize<256. Leave a condition out.'],
    [
      ['--where', 'batchSize=256', '--where', 'batchSize=512'],
      '--where: no trial of this plan has batchSize=256 and batchSize=512. Leave a condition out.',
    ],
    [['--only', 'abc'], '--only: must be ids of trials of this plan, got abc. `nf-sweeps plan` lists them.'],
    [['--only', ','], "option '--only <ids>' argument ',' is invalid. It must be ids of trials with commas between."],
    [['--retry', 'done'], "option '--retry <state>' argument 'done' is invalid. Allowed choices are failed."],
    [['--order', 'fastest'], 'command line: order: must be one of longest, random, coarse-to-fine, got "fastest".'],
    [
      ['--workers', '0'],
      "option '--workers <number>' argument '0' is invalid. It must be a whole number of at least 1.",
    ],
    [['order=fine'], 'command line: order: must be one of longest, random, coarse-to-fine, got "fine".'],
    [
      ['--order', 'coarse-to-fine', 'method={name: random, count: 3}'],
      'command line: order: must be longest or random beside method random, whose points are no map, got "coarse-to-fine".',
    ],
  ])('refuses %j with the way out', async (words, says) => {
    const { code, stdout, stderr } = await project().plan(...words);
    expect(stderr).toContain(says);
    expect([code, stdout]).toEqual([2, '']);
  });
});

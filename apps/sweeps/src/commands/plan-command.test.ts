import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
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

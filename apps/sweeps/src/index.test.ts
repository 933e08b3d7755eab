import { expect, it } from 'vitest';
import { tinyConfig } from './__fixtures__/quick-config.js';
import * as sweeps from './index.js';

it('exports these names and no others', () => {
  expect(Object.keys(sweeps).sort()).toEqual([
    'SweepError',
    'boundaries',
    'loadSweepConfig',
    'localExecutor',
    'planTrials',
    'renderReport',
    'runSweep',
    'summarize',
    'sweepTrials',
  ]);
});

it('says of arguments that are none what they must be', async () => {
  const config = tinyConfig();
  const calls: [() => unknown, RegExp][] = [
    [() => sweeps.planTrials(undefined as never), /^planTrials: `config` must be a checked config, .* got undefined/],
    [() => sweeps.planTrials({ name: 'a' } as never), /`trial` is missing\. Write a config into a file/],
    [() => sweeps.sweepTrials(3 as never), /^sweepTrials: `config` must be/],
    [() => sweeps.sweepTrials(config, {} as never), /^sweepTrials: `recordOf` must be a function of a trial/],
    [() => sweeps.boundaries(config as never, []), /^boundaries: `config` must have a `boundary` section/],
    [() => sweeps.summarize('a', undefined as never), /^summarize: `records` must be a list of/],
    [() => sweeps.renderReport(config, 3 as never), /^renderReport: `records` must be a list of/],
    [() => sweeps.loadSweepConfig(undefined as never), /^loadSweepConfig: `file` must be the path of a config/],
    [() => sweeps.loadSweepConfig('a.yaml', { quik: true } as never), /^loadSweepConfig: .*quik.* quick/],
    [
      () => sweeps.loadSweepConfig('a.yaml', { overrides: 'trial.epochs=1' } as never),
      /`overrides` must be a list of settings/,
    ],
    [() => sweeps.runSweep(undefined as never), /^runSweep: `config` must be/],
    [() => sweeps.runSweep(config, { out: 'a' } as never), /^runSweep: .*out/],
    [() => sweeps.runSweep(config, { executor: 'local' } as never), /^runSweep: `executor` must be an Executor/],
    [() => sweeps.localExecutor(undefined as never), /^localExecutor: options must be an object like/],
    [
      () => sweeps.localExecutor({ parallel: 2, engine: 'wasmm' }),
      /^localExecutor: `engine` must be one of .*did you mean 'wasm'/,
    ],
  ];
  for (const [call, message] of calls) await expect((async () => call())()).rejects.toThrow(message);
});

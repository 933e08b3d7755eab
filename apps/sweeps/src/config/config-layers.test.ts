import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GOOD } from '../__fixtures__/broken-configs.js';
import { tinyConfig } from '../__fixtures__/quick-config.js';
import { temporaryFolder } from '../__fixtures__/temporary-folder.js';
import { planTrials } from '../plan/plan-trials.js';
import { type LoadOptions, loadSweepConfig } from './load-sweep-config.js';

/** Loads the first of `files`. */
async function load(files: Readonly<Record<string, string>>, options: LoadOptions = {}) {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return loadSweepConfig(join(folder, Object.keys(files)[0]!), options);
}

describe('a config that extends others', () => {
  it('lies over them: sections merge, lists are replaced, and the last one wins', async () => {
    const config = await load({
      'a.yaml': 'extends: [good.yaml, sub.yaml]\nname: a\ntrial: { learningRate: { rule: sqrt } }\n',
      'good.yaml': GOOD,
      'sub.yaml': 'extends: deep.yaml\nname: sub\naxes: { batchSize: [64] }\n',
      'deep.yaml': 'name: deep\ntrial: { momentum: 0.5, epochs: 7 }\n',
    });
    expect(config.name).toBe('a');
    expect(config.trial).toMatchObject({ epochs: 7, momentum: 0.5, learningRate: { base: 0.1, rule: 'sqrt' } });
    expect(config.axes).toEqual({ clipFactor: ['off', 0.01], batchSize: [64] });
  });

  it('takes a key away by null, and puts its quick section over theirs', async () => {
    const files = {
      'a.yaml':
        'extends: good.yaml\ntrial: { epochs: null, steps: 30 }\naxes: { clipFactor: null }\nquick: { trial: { steps: 3 } }\n',
      'good.yaml': `${GOOD}quick: { trial: { momentum: 0.5 } }\n`,
    };
    const config = await load(files);
    expect(config.trial).not.toHaveProperty('epochs');
    expect(config.axes).toEqual({ batchSize: [256, 512] });
    expect((await load(files, { quick: true })).trial).toMatchObject({ steps: 3, momentum: 0.5 });
  });

  it('may be JSON, or a TypeScript module, and extend them', async () => {
    const json = { extends: 'b.ts', name: 'json', trial: { epochs: 3 } };
    const module = `const base: number = 0.1;
export default {
  trial: { model: 'nfnet_digits', dataset: { name: 'mnist', train: 1024, test: 100 }, epochs: 1, learningRate: { base: base / 2 } },
  axes: { batchSize: [1, 2, 3].map((i) => 64 * i) },
};
`;
    const config = await load({ 'a.json': JSON.stringify(json), 'b.ts': module });
    expect(config).toMatchObject({ name: 'json', trial: { epochs: 3, learningRate: { base: 0.05 } } });
    expect(config.axes).toEqual({ batchSize: [64, 128, 192] });
  });
});

describe('references', () => {
  it('stand for a value, a section, or a part of a text', async () => {
    const config = await load({
      'a.yaml': `name: tiny-\${trial.model}-\${trial.seed}
trial:
  model: nfnet_digits
  dataset: { name: mnist, train: 1024, test: "\${trial.batchSize}" }
  epochs: \${trial.seed}
  seed: 2
  batchSize: 256
  learningRate: { base: 0.1 }
axes:
  clipFactor: [1, 2]
  momentum: \${axes.weightDecay}
  weightDecay: [0.1, 0.2]
  labelSmoothing: [0, "\${axes.weightDecay.1}"]
`,
    });
    expect(config.name).toBe('tiny-nfnet_digits-2');
    expect(config.axes).toMatchObject({ momentum: [0.1, 0.2], labelSmoothing: [0, 0.2] });
    expect(config.trial.dataset.test).toBe(256);
    expect(config.trial).toMatchObject({ epochs: 2, batchSize: 256 });
  });
});

describe('settings on the command line', () => {
  it('make an axis of several values, and end one by a single value', () => {
    const config = tinyConfig('trial.momentum=0.5,0.9', 'trial.clipFactor=0.04');
    expect(config.axes).toEqual({ batchSize: [256, 512], momentum: [0.5, 0.9] });
    expect(config.trial.clipFactor).toBe(0.04);
  });

  it('set a list where a key takes lists, and an axis of lists where there are several', () => {
    expect(tinyConfig('trial.clipExclude=[linear, stem_*]').trial.clipExclude).toEqual(['linear', 'stem_*']);
    expect(tinyConfig('trial.clipExclude=[linear],[]').axes['clipExclude']).toEqual([['linear'], []]);
    expect(tinyConfig('axes.learningRate.base={logRange: [0.1, 10], count: 3}').axes['learningRate.base']).toEqual({
      logRange: [0.1, 10],
      count: 3,
    });
    expect(tinyConfig('axes.clipFactor=null').axes).toEqual({ batchSize: [256, 512] });
  });
});

describe('which trials a config means', () => {
  const plan = (...settings: string[]) => planTrials(tinyConfig('axes.batchSize=256', ...settings));

  it('gives every combination the same seeds, and repeats that share them', () => {
    const trials = plan('seeds=3', 'repeats=2', 'trial.seed=5');
    expect(trials.map(({ config }) => [config.clipFactor, config.seed, config.repeat])).toEqual(
      ['off', 0.01].flatMap((clip) =>
        [5, 6, 7].flatMap((seed) => [
          [clip, seed, undefined],
          [clip, seed, 2],
        ]),
      ),
    );
    expect(plan('seeds=[9, 4]').map(({ config }) => config.seed)).toEqual([9, 4, 9, 4]);
  });

  it('only adds trials with another seed, and none with what has its default or no effect', () => {
    const ids = (...settings: string[]) => plan(...settings).map(({ id }) => id);
    expect(ids('seeds=3')).toEqual(expect.arrayContaining(ids()));
    const standard = ['trial.clipEps=0.001', 'trial.ema=off', 'trial.microBatch=off', 'trial.step={name: plain}'];
    expect(ids(...standard, 'trial.precision=float32')).toEqual(ids());
    expect(ids('engine=native', 'axes.precision=float32,bfloat16,auto')).toEqual(expect.arrayContaining(ids()));
    expect(new Set(ids('engine=native', 'axes.precision=float32,bfloat16,auto')).size).toBe(3 * ids().length);
    // Without clipping there is nothing that the eps could be of.
    expect(ids('trial.clipEps=0.01')[0]).toBe(ids()[0]);
    expect(ids('trial.clipEps=0.01')[1]).not.toBe(ids()[1]);
    const data = 'trial.dataset={name: cifar10, train: 1024, test: 100, path: PATH}';
    expect(ids(data.replace('PATH', '/a'))).toEqual(ids(data.replace('PATH', '/b')));
  });

  it('leaves out what is excluded, and counts an axis only where its condition holds', () => {
    const excluded = plan('axes.momentum=0.5,0.9', 'exclude=[{clipFactor: off, momentum: [0.5]}]');
    // Axes come in the order in which the schema has their keys.
    expect(excluded.map(({ config }) => [config.clipFactor, config.momentum])).toEqual([
      [0.01, 0.5],
      ['off', 0.9],
      [0.01, 0.9],
    ]);
    const sam = plan(
      'axes.clipFactor=0.01',
      'axes.step.name=plain,sam',
      'axes.step.rho=0.02,0.1',
      'when={step.rho: {step.name: sam}}',
    );
    expect(sam.map(({ config }) => config.step?.rho)).toEqual([undefined, 0.02, 0.1]);
  });

  it('makes as many steps as the budget says: epochs, steps, or whole batches of images', () => {
    const steps = (setting: string) => plan('trial.epochs=null', setting)[0]!.derived.steps;
    // 1024 / 256 = 4 steps an epoch; 1000 / 256 = 3.9
    expect(steps('trial.epochs=3')).toBe(12);
    expect(steps('trial.steps=7')).toBe(7);
    expect(steps('trial.samples=1000')).toBe(3);
  });
});

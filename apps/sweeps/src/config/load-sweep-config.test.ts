import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CONFIG_TEXT, tinyConfig } from '../__fixtures__/quick-config.js';
import { temporaryFolder } from '../__fixtures__/temporary-folder.js';
import { loadSweepConfig, parseSweepConfig } from './load-sweep-config.js';

/** The message for `CONFIG_TEXT` with `from` replaced by `to`. */
function messageFor(from: string, to: string, quick = false): string {
  expect(CONFIG_TEXT).toContain(from);
  try {
    parseSweepConfig('a.yaml', CONFIG_TEXT.replace(from, to), { quick });
  } catch (error) {
    return (error as Error).message;
  }
  return 'no error';
}

describe('a good config', () => {
  it('fills in the defaults', () => {
    const { trial, axes } = tinyConfig();
    expect(trial).toEqual({
      model: 'nfnet_digits',
      dataset: { name: 'mnist', train: 1024, test: 100, splitSeed: 1 },
      epochs: 2,
      seed: 1,
      learningRate: { base: 0.1, per: 256, rule: 'linear' },
      warmupEpochs: 0,
      momentum: 0.9,
      weightDecay: 2e-5,
      labelSmoothing: 0.1,
      clipFactor: 0.01,
      batchSize: 256,
    });
    expect(axes).toEqual({ clipFactor: ['off', 0.01], batchSize: [256, 512] });
  });

  it('is changed by its quick section only when asked', () => {
    const text = `${CONFIG_TEXT}quick:\n  trial: { epochs: 1, dataset: { train: 512 } }\n  axes: { batchSize: [128] }\n`;
    const full = parseSweepConfig('a.yaml', text);
    const quick = parseSweepConfig('a.yaml', text, { quick: true });
    expect(full).toEqual(tinyConfig());
    expect(quick.name).toBe('tiny-quick');
    expect(quick.trial).toEqual({ ...full.trial, epochs: 1, dataset: { ...full.trial.dataset, train: 512 } });
    expect(quick.axes).toEqual({ clipFactor: ['off', 0.01], batchSize: [128] });
  });

  it('is changed by settings from the command line, an axis by a bare list', () => {
    const config = tinyConfig('trial.dataset.train=700', 'axes.clipFactor=0.5,off', 'axes.batchSize=32');
    expect(config.trial.dataset.train).toBe(700);
    expect(config.axes).toEqual({ clipFactor: [0.5, 'off'], batchSize: [32] });
  });

  it('that comes with the package is good', async () => {
    const file = new URL('../../sweeps/quickstart.yaml', import.meta.url).pathname;
    expect(Object.keys((await loadSweepConfig(file)).axes)).toEqual(['clipFactor', 'batchSize']);
    expect((await loadSweepConfig(file, { quick: true })).name).toBe('quickstart-quick');
  });
});

describe('a bad config is told with its place, the key and what is allowed', () => {
  it('for an unknown key', () => {
    expect(messageFor('clipFactor:', 'clipFactr:')).toBe(
      'a.yaml:10:3: axes.clipFactr: unknown key; did you mean clipFactor? Allowed: any key of trial by its path, such as clipFactor or learningRate.base.',
    );
    expect(messageFor('engine: cpu', 'flux: cpu')).toBe(
      'a.yaml:2:1: flux: unknown key. Allowed: name, description, tags, engine, parallel, workers, trustNetwork, restarts, trial, axes, zip, when, exclude, method, seeds, repeats, boundary, order, prune, trialModule, track, quick, extends.',
    );
  });

  it('for a value of the wrong type', () => {
    expect(messageFor('epochs: 2', 'epochs: two')).toBe(
      'a.yaml:7:11: trial.epochs: must be a whole number of at least 1, got "two".',
    );
    expect(messageFor('{ base: 0.1 }', '0.1')).toBe(
      'a.yaml:8:17: trial.learningRate: must be a section of "key: value" lines, got 0.1.',
    );
    expect(messageFor('[256, 512]', '256')).toBe(
      'a.yaml:11:14: axes.batchSize: must be a list of one or more values, each a whole number of at least 1, got 256.',
    );
  });

  it.each([
    ['0', '0'],
    ['.nan', 'NaN'],
    ['-0.5', '-0.5'],
    ['NaN', '"NaN"'],
    ['.inf', 'Infinity'],
    ['on', '"on"'],
  ])('for the clip factor %s', (written, shown) => {
    expect(messageFor('[off, 0.01]', `[off, ${written}]`)).toBe(
      `a.yaml:10:21: axes.clipFactor[1]: must be "off" (no clipping) or a number above 0, got ${shown}.`,
    );
  });

  it('for an empty axis', () => {
    expect(messageFor('[off, 0.01]', '[]')).toBe(
      'a.yaml:10:15: axes.clipFactor: must be a list of one or more values, each "off" (no clipping) or a number above 0, got [].',
    );
  });

  it('for a value that an axis repeats', () => {
    expect(messageFor('[256, 512]', '[256, 512, 256]')).toBe(
      'a.yaml:11:25: axes.batchSize[2]: repeats 256, which [0] already is.',
    );
  });

  it('for an unknown model and an unknown dataset', () => {
    expect(messageFor('nfnet_digits', 'nfnet_digit')).toMatch(
      /^a\.yaml:5:10: trial\.model: must be a preset of @nfnets\/models, such as nfnet_digits or nf_resnet50, got "nfnet_digit"; did you mean nfnet_digits\?$/,
    );
    expect(messageFor('name: mnist', 'name: imagenet')).toBe(
      'a.yaml:6:20: trial.dataset.name: must be one of mnist, fashion_mnist, cifar10, image_folder, tar_shards, parquet, got "imagenet".',
    );
  });

  it('for a batch larger than the training set', () => {
    expect(messageFor('[256, 512]', '[256, 2048]')).toBe(
      'a.yaml:11:20: axes.batchSize[1]: must be at most 1024, the training images (trial.dataset.train), got 2048.',
    );
  });

  it('for more images than the dataset has', () => {
    expect(messageFor('train: 1024', 'train: 9950')).toBe(
      'a.yaml:6:34: trial.dataset.train: train (9950) and test (100) together must be at most 10000, the images of mnist.',
    );
  });

  it('for a warm-up as long as the training', () => {
    expect(messageFor('epochs: 2', 'epochs: 2\n  warmupEpochs: 2')).toBe(
      'a.yaml:8:17: trial.warmupEpochs: must be below trial.epochs (2), got 2.',
    );
  });

  it('for a missing value', () => {
    expect(messageFor('  epochs: 2\n', '')).toBe(
      'a.yaml:4:1: trial.epochs: missing; must be a whole number of at least 1 (or give steps, or samples).',
    );
  });

  it('for bad YAML', () => {
    expect(messageFor('[off, 0.01]', '[off, 0.01')).toMatch(/^a\.yaml:\d+:\d+: .*(\]|flow)/i);
    expect(messageFor('  epochs: 2', '\tepochs: 2')).toMatch(
      /^a\.yaml:7:1: YAML allows no tabs as indentation\. Use spaces\.$/,
    );
    expect(messageFor('parallel: 2', 'engine: cpu')).toBe(
      'a.yaml:3:1: this key stands above already. Leave one of them out.',
    );
    expect(() => parseSweepConfig('a.yaml', '')).toThrow('a.yaml:1:1: a sweep config must be "key: value" lines.');
  });

  it('in the quick section, even without --quick', () => {
    for (const quick of [false, true]) {
      expect(messageFor('axes:', 'quick:\n  trial: { epocs: 1 }\naxes:', quick)).toMatch(
        /^a\.yaml:10:12: quick\.trial\.epocs: unknown key; did you mean epochs\? /,
      );
    }
    expect(messageFor('axes:', 'quick: { trial: { dataset: { train: 300 } } }\naxes:')).toBe(
      'a.yaml:12:20: axes.batchSize[1]: must be at most 300, the training images (quick.trial.dataset.train), got 512.',
    );
  });

  it('on the command line', () => {
    expect(() => tinyConfig('trial.epocs=3')).toThrow(
      /^command line: trial\.epocs: unknown key; did you mean epochs\? /,
    );
    expect(() => tinyConfig('trial.epochs=0')).toThrow(
      'command line: trial.epochs: must be a whole number of at least 1, got 0.',
    );
    expect(() => tinyConfig('epochs')).toThrow('epochs: a setting must look like key.path=value');
    expect(() => tinyConfig('name.first=x')).toThrow('there is no section name to set it in');
  });

  it('all at once', () => {
    expect(messageFor('epochs: 2', 'epochs: 0\n  momentum: 1').split('\n')).toEqual([
      'a.yaml:7:11: trial.epochs: must be a whole number of at least 1, got 0.',
      'a.yaml:8:13: trial.momentum: must be a number from 0 up to, but not including, 1, got 1.',
    ]);
  });

  it('for a file that is not there, or a folder', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'quickstart.yaml'), '');
    mkdirSync(join(folder, 'nothing'));
    await expect(loadSweepConfig(join(folder, 'quickstar.yaml'))).rejects.toThrow(
      `${join(folder, 'quickstar.yaml')}: no such file; did you mean ${join(folder, 'quickstart.yaml')}?`,
    );
    await expect(loadSweepConfig(join(folder, 'nothing', 'x.yaml'))).rejects.toThrow(/x\.yaml: no such file\.$/);
    await expect(loadSweepConfig(folder)).rejects.toThrow('is a folder; a sweep config is a YAML file');
  });
});

it('suggests what a name most likely means', () => {
  const messageOf = (model: string) => {
    try {
      parseSweepConfig('a.yaml', CONFIG_TEXT.replace('nfnet_digits', model));
    } catch (error) {
      return (error as Error).message;
    }
    return '';
  };
  expect(messageOf('NFNet_F0')).toMatch(/did you mean nfnet_f0\?$/);
  expect(messageOf('nfnet_dig')).toMatch(/did you mean nfnet_digits\?$/);
});

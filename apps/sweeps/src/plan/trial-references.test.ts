import { describe, expect, it } from 'vitest';
import { CONFIG_TEXT } from '../__fixtures__/quick-config.js';
import { parseSweepConfig } from '../config/load-sweep-config.js';
import type { TrialConfig } from '../schema/trial-schema.js';
import { planTrials } from './plan-trials.js';
import { sweepTrials } from './sweep-trials.js';

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: references of configs
/** The values of `keys` in the trials of the config that has `lines` under `trial`, and `rest` behind it. */
function planned(lines: string, rest: string, pick: (config: TrialConfig) => unknown, overrides: string[] = []) {
  const [head, axes] = CONFIG_TEXT.split('axes:') as [string, string];
  const text = `${head}${lines}${rest.includes('axes:') ? '' : `axes:${axes}`}${rest}`;
  return planTrials(parseSweepConfig('a.yaml', text, { overrides })).map(({ config }) => pick(config));
}

const splitSeed = (text: string) => [`trial.dataset.splitSeed=${text}`];

describe('a reference in the trial', () => {
  it("is the trial's own value: of its axis, its seed, its setting, its zip", () => {
    const each = ({ batchSize, seed, dataset }: TrialConfig) => [batchSize, seed, dataset.splitSeed];
    expect(planned('', 'axes: { batchSize: [32, 64] }\n', each, splitSeed('"${trial.batchSize}"'))).toEqual([
      [32, 1, 32],
      [64, 1, 64],
    ]);
    expect(planned('', 'axes: { batchSize: [32] }\nseeds: 2\n', each, splitSeed('"${trial.seed}"'))).toEqual([
      [32, 1, 1],
      [32, 2, 2],
    ]);
    expect(
      planned('', 'axes: { seed: [5, 9] }\n', ({ dataset }) => dataset.splitSeed, splitSeed('"${trial.seed}"')),
    ).toEqual([5, 9]);
    const several = ['axes.batchSize=32,64', 'trial.warmupEpochs=0', ...splitSeed('"1${trial.batchSize}"')];
    expect(() => planned('', '', each, several)).toThrow('trial.dataset.splitSeed: must be a whole number');
    const zipped = 'axes: { batchSize: [32, 64], epochs: [3, 4] }\nzip: [[batchSize, epochs]]\n';
    expect(
      planned('', zipped, ({ epochs, dataset }) => [epochs, dataset.splitSeed], splitSeed('"${trial.epochs}"')),
    ).toEqual([
      [3, 3],
      [4, 4],
    ]);
  });

  it('is the default of a key that the file does not give', () => {
    expect(
      planned(
        '',
        'axes: { clipFactor: [0.01] }\n',
        ({ dataset }) => dataset.splitSeed,
        splitSeed('"${trial.learningRate.per}"'),
      ),
    ).toEqual([256]);
    expect(
      planned('', 'axes: { clipFactor: [0.01] }\n', ({ dataset }) => dataset.splitSeed, splitSeed('"${trial.seed}"')),
    ).toEqual([1]);
  });

  it('follows others, and where an axis counts only under a condition, its own value', () => {
    const chain = '  momentum: "${trial.ema}"\n  ema: "${trial.dropRate}"\n  dropRate: 0.5\n';
    const rest =
      'axes: { clipFactor: ["off", 0.01], dropRate: [0.1, 0.2] }\nwhen: { dropRate: { clipFactor: 0.01 } }\n';
    expect(planned(chain, rest, ({ clipFactor, momentum, ema }) => [clipFactor, momentum, ema])).toEqual([
      ['off', 0.5, 0.5],
      [0.01, 0.1, 0.1],
      [0.01, 0.2, 0.2],
    ]);
    // An axis over a key that refers to another wins, as any value would.
    const both = 'axes: { batchSize: [32, 64], dataset.splitSeed: [7] }\n';
    expect(planned('', both, ({ dataset }) => dataset.splitSeed, []).sort()).toEqual([7, 7]);
  });

  it('may stand in a list, beside what is the same for all', () => {
    const lists = '  clipExclude: ["${name}_*", "stem_${trial.batchSize}"]\n';
    const each = planned(lists, 'axes: { batchSize: [32, 64] }\n', ({ clipExclude }) => clipExclude);
    expect(each).toEqual([
      ['tiny_*', 'stem_32'],
      ['tiny_*', 'stem_64'],
    ]);
  });

  it('is kept in the config, for the plan of a run folder', () => {
    const config = parseSweepConfig('a.yaml', CONFIG_TEXT, { overrides: splitSeed('"${trial.batchSize}"') });
    expect(config.references).toEqual({ 'dataset.splitSeed': '${trial.batchSize}' });
    expect(planTrials(JSON.parse(JSON.stringify(config)))).toEqual(planTrials(config));
    expect(parseSweepConfig('a.yaml', CONFIG_TEXT)).not.toHaveProperty('references');
  });

  it('follows the key that a boundary search varies', () => {
    const rest = 'axes: { clipFactor: [0.01] }\nboundary: { axis: batchSize, logRange: [8, 64], count: 4 }\n';
    const [head] = CONFIG_TEXT.split('axes:') as [string];
    const config = parseSweepConfig('a.yaml', head + rest, { overrides: splitSeed('"${trial.batchSize}"') });
    expect(sweepTrials(config).map(({ config: { batchSize, dataset } }) => [batchSize, dataset.splitSeed])).toEqual([
      [16, 16],
    ]);
    const named = `${head}${rest.replace('axis: batchSize', 'axis: "${tags.0}"')}tags: [batchSize]\n`;
    const other = parseSweepConfig('a.yaml', named, { overrides: splitSeed('"${trial.batchSize}"') });
    expect(sweepTrials(other)).toEqual(sweepTrials(config));
  });

  it('may be one of several values on the command line', () => {
    for (const several of ['${trial.dataset.test},7', '"${trial.dataset.test}",7', '7,${trial.dataset.test}'])
      expect(
        planned('', 'axes: { batchSize: [32] }\n', ({ dataset }) => dataset.splitSeed, splitSeed(several)).sort(),
        several,
      ).toEqual([100, 7]);
  });
});

describe('a reference that cannot be', () => {
  const message = (lines: string, rest = '') => {
    const [head, axes] = CONFIG_TEXT.split('axes:') as [string, string];
    try {
      parseSweepConfig('a.yaml', `${head}${lines}axes:${axes}${rest}`);
    } catch (error) {
      return (error as Error).message;
    }
    return 'none';
  };
  it.each([
    [
      '  seed: ${trial.dropRate}\n',
      '',
      'a.yaml:9:9: ${trial.dropRate} refers to no key of this config: it is not given, and has no default that is known here. Give it.',
    ],
    [
      '  warmupEpochs: ${trial.steps}\n',
      '',
      'a.yaml:9:17: ${trial.steps} refers to no key of this config: it is not given, and has no default that is known here. Give it.',
    ],
    [
      '  step: ${trial.learningRate}\n',
      '',
      'a.yaml:9:9: ${trial.learningRate} must be a value or a list; it is a section. Refer to its keys.',
    ],
    [
      '  seed: ${trial.batchSize}\n',
      'description: ${trial.seed}\n',
      'a.yaml:13:14: ${trial.seed} must not refer to trial.batchSize, which differs among the trials: description is one for all.',
    ],
    [
      '',
      'seeds: ["${trial.batchSize}"]\n',
      'a.yaml:12:9: ${trial.batchSize} must not refer to trial.batchSize, which differs among the trials: seeds is one for all.',
    ],
    [
      '  momentum: ${trial.ema}\n  ema: ${trial.momentum}\n',
      '',
      'a.yaml:9:13: ${trial.ema} must not lead back to itself (${trial.ema} -> ${trial.momentum} -> ${trial.ema}).',
    ],
    [
      '  momentum: ${trial.clipFactor}\n',
      '',
      'a.yaml:9:13: trial.momentum: must be a number from 0 up to, but not including, 1, got "off".',
    ],
    ['  seed: ${trial.batchSize}\n', 'seeds: 2\n', 'none'],
  ])('%s%s is told with its place', (lines, rest, says) => {
    expect(message(lines, rest)).toBe(says);
  });

  it('is told once where it fails in a trial', () => {
    const [head] = CONFIG_TEXT.split('axes:') as [string];
    const text = `${head}  microBatch: \${trial.seed}\n  batchSize: 64\naxes: { seed: [32, 7] }\n`;
    expect(() => parseSweepConfig('a.yaml', text)).toThrow(
      'a.yaml:9:15: trial.microBatch: must divide the batch size (64, trial.batchSize), got 7.',
    );
  });
});
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: references of configs

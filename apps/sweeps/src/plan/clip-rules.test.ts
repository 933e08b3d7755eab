import { expect, it } from 'vitest';
import { tinyConfig } from '../__fixtures__/quick-config.js';
import { nameOfConfig, namingAxes } from './axes.js';
import { planTrials } from './plan-trials.js';

const planned = (...settings: string[]) => planTrials(tinyConfig('axes.batchSize=256', ...settings));
const only = (...settings: string[]) => planned('axes.clipFactor=null', ...settings)[0]!;

it.each([
  ['trial.clip={rule: agc, factor: 0.04}', 'trial.clipFactor=0.04'],
  ['trial.clip={rule: agc}', 'trial.clipFactor=0.01'],
  ['trial.clip={rule: agc, factor: 0.04, eps: 0.001}', 'trial.clipFactor=0.04'],
  [
    'trial.clip={rule: agc, factor: 0.04, eps: 0.01, exclude: [linear]}',
    'trial.clipFactor=0.04 trial.clipEps=0.01 trial.clipExclude=[linear]',
  ],
  ['trial.clip=off', 'trial.clipFactor=off'],
])('%s is the trial of %s', (long, short) => {
  expect(only(long)).toEqual(only(...short.split(' ')));
});

it('keeps the ids of stored trials', () => {
  expect(planned('axes.clipFactor=off')[0]!.id).toBe('04fc855594f2');
  expect(planned('axes.clipFactor=null', 'axes.clip=off')[0]!.id).toBe('04fc855594f2');
});

it('makes trials of rules, which are axes like any other', () => {
  const trials = planned(
    'axes.clipFactor=null',
    'axes.clip=[off, {rule: agc, factor: 0.04}, {rule: adagc, factor: 1.1, beta: 0.98}, {rule: adagc, factor: 1.1}, {rule: value, maxValue: 0.1}, {rule: agc, factor: 0.04, form: soft}]',
  );
  // What is said is what is the default: two of them are one trial.
  expect(trials.map(({ config: { clip, clipFactor } }) => clip ?? clipFactor)).toEqual([
    'off',
    0.04,
    { rule: 'adagc', factor: 1.1 },
    { rule: 'value', maxValue: 0.1 },
    { rule: 'agc', factor: 0.04, form: 'soft' },
  ]);
  const axes = namingAxes(trials.map(({ config }) => config));
  expect(trials.map(({ config }) => nameOfConfig(config, axes))).toEqual([
    'rule off, threshold -',
    'rule agc, threshold 0.04',
    'rule adagc, threshold 1.1',
    'rule value, threshold 0.1',
    'rule agc soft, threshold 0.04',
  ]);
});

it('makes an axis of a setting', () => {
  const trials = planned('axes.clipFactor=null', 'trial.clip={rule: adagc}', 'axes.clip.factor=[1.05, 1.2]');
  expect(trials.map(({ config }) => config.clip)).toEqual([
    { rule: 'adagc', factor: 1.05 },
    { rule: 'adagc', factor: 1.2 },
  ]);
});

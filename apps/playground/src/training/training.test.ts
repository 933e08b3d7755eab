import { adaptiveGradClip, clipMeter } from '@nfnets/agc';
import { useBackend } from '@nfnets/backends';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { drawShapes } from '../images/index.js';
import { CLIP_RULES, type ClipRule, DEFAULTS, NETS, type NetName, type Settings } from '../settings/index.js';
import { clipTransforms } from './clip-transforms.js';
import { makeNet } from './make-net.js';
import { cutData } from './make-run.js';
import { Pair } from './pair.js';
import { runCell } from './run-cell.js';
import type { RunMessage, Side } from './run-message.js';
import { type SignalVariance, signalVariance } from './signal-variance.js';
import { unitMeter } from './unit-meter.js';

beforeAll(async () => {
  await useBackend('wasm', { threads: 1 });
});

const SMALL: Settings = { ...DEFAULTS, net: 'convnet', data: 'shapes', images: 128, batchSize: 32, epochs: 1 };
const data = cutData(drawShapes(1200), SMALL.images);

/** All that a pair tells, and what is left of it in memory. */
async function ran(settings: Settings) {
  const before = tf.memory().numTensors;
  const messages: RunMessage[] = [];
  const pair = new Pair(settings, data);
  while (await pair.step((message) => messages.push(message)));
  await pair.dispose();
  const losses = (side: Side) =>
    messages.flatMap((message) => (message.type === 'step' && message.side === side ? message.loss : []));
  return { messages, losses, left: tf.memory().numTensors - before };
}

describe('two runs', () => {
  it('have the same weights and order: without a unit above the threshold all losses are the same', async () => {
    const { losses, messages, left } = await ran({ ...SMALL, threshold: 1000 });
    expect(losses('plain')).toHaveLength(4);
    expect(losses('clipped')).toEqual(losses('plain'));
    expect(messages.filter(({ type }) => type === 'end').map(({ side, step }) => [side, step])).toEqual([
      ['plain', 4],
      ['clipped', 4],
    ]);
    expect(left).toBe(0);
  });

  it('part behind the first step that clips', async () => {
    const { losses } = await ran({ ...SMALL, threshold: 0.001 });
    expect(losses('clipped')[0]).toBe(losses('plain')[0]);
    // The rate of the first step of a warm-up is 0.
    expect(losses('clipped').at(-1)).not.toBe(losses('plain').at(-1));
  });

  it('free what they have when they are left in their midst', async () => {
    const before = tf.memory().numTensors;
    const pair = new Pair(SMALL, data);
    await pair.step(() => {});
    await pair.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

it('trains a cell to its end, and frees it when it is left', async () => {
  const before = tf.memory().numTensors;
  const steps: number[] = [];
  for await (const { step, state, accuracy } of runCell(SMALL, true, data)) {
    steps.push(step);
    if (state === 'done') expect(accuracy).toBeGreaterThanOrEqual(0);
  }
  expect(steps).toEqual([1, 2, 3, 4, 4]);
  for await (const _ of runCell(SMALL, true, data)) break;
  expect(tf.memory().numTensors).toBe(before);
});

it('measures each unit of each kernel beside what the meter measures', () => {
  const kernel = tf.tidy(() =>
    tf.variable(
      tf.tensor2d([
        [3, 0],
        [4, 1],
      ]),
      true,
      'dense/kernel',
    ),
  );
  const bias = tf.tidy(() => tf.variable(tf.tensor1d([1, 1]), true, 'dense/bias'));
  const gradients = [
    // Norms 2.5 over 5, and 0.1 over 1.
    {
      param: kernel,
      grad: tf.tensor2d([
        [1.5, 0.1],
        [2, 0],
      ]),
    },
    { param: bias, grad: tf.tensor1d([0, 0]) },
  ];
  const { meter, last } = unitMeter(clipMeter({ clipFactor: 0.2 }));
  const { values, read } = meter(gradients);
  const stats = read(values.dataSync());
  expect(stats).toEqual([{ layer: 'dense', units: 3, clippedUnits: 1, largestRatio: expect.closeTo(0.5, 6) }]);
  expect(Object.keys(last()!)).toEqual(['dense']);
  expectClose([...last()!['dense']!], [0.5, 0.1]);
  tf.dispose([kernel, bias, values, ...gradients.map(({ grad }) => grad)]);
});

describe('what clips', () => {
  it.each(Object.keys(CLIP_RULES) as ClipRule[])(
    'by %s has the threshold of the slider, and can be measured',
    (rule) => {
      const threshold = CLIP_RULES[rule].usual;
      const [first] = clipTransforms(rule, threshold);
      expect(Object.values(first!.getConfig())).toContain(threshold);
      expect(first!.measure).toBeTypeOf('function');
    },
  );

  it('leaves the classifier alone under AGC', () => {
    const [agc] = clipTransforms('agc', 0.02);
    expect(agc!.getConfig()).toEqual(adaptiveGradClip({ clipFactor: 0.02, exclude: ['linear/kernel'] }).getConfig());
  });
});

it.each(Object.keys(NETS) as NetName[])('%s has the weights of its seed, in grey and in colour', (name) => {
  const weights = (seed: number, channels: number) => {
    const net = makeNet(name, [28, 28, channels], seed);
    const first = net.trainableWeights[0]!.read().dataSync().slice();
    expect(net.layers.at(-1)!.name).toBe('linear');
    net.dispose();
    return [...first];
  };
  expect(weights(3, 1)).toEqual(weights(3, 1));
  expect(weights(4, 3)).not.toEqual(weights(3, 3));
});

it('has a variance that grows by alpha squared, by a factor, and by a constant', async () => {
  const before = tf.memory().numTensors;
  const told: SignalVariance[] = [];
  for await (const variance of signalVariance({ blocks: 6, alpha: 0.5, seed: 1 })) told.push(variance);
  expect(tf.memory().numTensors).toBe(before);
  // A relu of a standard normal has variance 1/2 - 1/(2 pi), which weights of variance 2 / fan-in double; what it has as a mean
  // they make a mean of. Borders, whose windows see zeros, take a little.
  const added = 2 * (1 / 2 - 1 / (2 * Math.PI));
  for (const { block, normalizerFree, batchNormalized } of told) {
    expectWithin(normalizerFree, 1 + 0.25 * block, 0.12);
    expectWithin(batchNormalized, 1 + added * block, 0.12);
  }
  const factors = told.slice(1).map(({ plain }, i) => plain / told[i]!.plain);
  expectWithin(factors[0]!, 1 + added, 0.05);
  for (const factor of factors) expectWithin(factor, 1.8, 0.15);
});

function expectWithin(value: number, expected: number, share: number): void {
  expect(Math.abs(value / expected - 1), `${value} for ${expected}`).toBeLessThan(share);
}

function expectClose(values: readonly number[], expected: readonly number[]): void {
  expect(values).toHaveLength(expected.length);
  for (const [i, value] of values.entries()) expect(value).toBeCloseTo(expected[i]!, 6);
}

import { expectTensorClose, variableOf } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type AdaptiveGradClipArgs,
  adaptiveGradClip,
  clipMeter,
  clipStats,
  type ParamGradient,
  TransformState,
} from '../index.js';

type Entry = readonly [name: string, shape: number[], param: number[], grad: number[]];

let made: ParamGradient[] = [];
afterEach(() => {
  tf.dispose(made.flatMap(({ param, grad }) => [param, grad]));
  made = [];
});

function gradientsOf(entries: readonly Entry[]): ParamGradient[] {
  const gradients = entries.map(([name, shape, param, grad]) => ({
    param: variableOf(() => tf.tensor(param, shape), name) as tf.Variable,
    grad: tf.tensor(grad, shape),
  }));
  made.push(...gradients);
  return gradients;
}

const applied = (args: AdaptiveGradClipArgs, gradients: readonly ParamGradient[], state?: TransformState) =>
  tf.tidy(() =>
    adaptiveGradClip(args)
      .apply(gradients, state)
      .map((each) => [...each.dataSync()]),
  );
const clip = (args: AdaptiveGradClipArgs, entries: readonly Entry[]) => applied(args, gradientsOf(entries));

describe('the soft form', () => {
  it('divides by sqrt(1 + (norm / limit)^2)', () => {
    // The limit is .1 * 5 = .5: at it, twice it, at a thousandth of it, and far above it.
    const entry = (i: number, grad: number[]): Entry => [`fc_${i}/bias`, [2], [3, 4], grad];
    const [at, twice, small, huge] = clip({ clipFactor: 0.1, form: 'soft' }, [
      entry(0, [0.3, 0.4]),
      entry(1, [0, 1]),
      entry(2, [3e-4, 4e-4]),
      entry(3, [3e15, -4e15]),
    ]);
    expectTensorClose(at!, [0.3 / Math.SQRT2, 0.4 / Math.SQRT2], { relative: 1e-6 });
    expectTensorClose(twice!, [0, 1 / Math.sqrt(5)], { relative: 1e-6 });
    expectTensorClose(small!, [3e-4, 4e-4], { relative: 1e-6 });
    expectTensorClose(huge!, [0.3, -0.4], { relative: 1e-6 });
  });

  it('overflows nowhere', () => {
    // Over a limit of 1e-13 the square of the ratio would be 1e62.
    expectTensorClose(clip({ clipFactor: 1e-10, form: 'soft' }, [['skip/gain', [], [0], [1e18]]])[0]!, [1e-13], {
      relative: 1e-5,
      absolute: 0,
    });
    expect(clip({ clipFactor: Number.MAX_VALUE, form: 'soft' }, [['w', [2], [1, 1], [0.5, 3]]])).toEqual([[0.5, 3]]);
  });

  it('leaves a NaN and the rest of its unit, and makes NaN of what is infinite', () => {
    expect(
      clip({ form: 'soft' }, [
        ['a/bias', [2], [1, 1], [Number.NaN, 0.5]],
        ['b/bias', [2], [1, 1], [Number.POSITIVE_INFINITY, 0.5]],
      ]),
    ).toEqual([
      [Number.NaN, 0.5],
      [Number.NaN, 0],
    ]);
  });

  it('counts units above the limit as clipped', async () => {
    const gradients = gradientsOf([['fc/kernel', [2, 2], [3, 3, 4, 4], [0.3, 0.6, 0.39, 0.8]]]);
    // Norms .492 and 1 over weights of norm 5.
    expect(await clipStats(gradients, { clipFactor: 0.1, form: 'soft' })).toEqual([
      { layer: 'fc', units: 2, clippedUnits: 1, largestRatio: expect.closeTo(0.2, 6) },
    ]);
  });
});

describe('units', () => {
  it('takes one norm for a whole tensor, of any rank', () => {
    const ones = (name: string, shape: number[]): Entry => {
      const size = tf.util.sizeFromShape(shape);
      return [name, shape, Array(size).fill(1), Array.from({ length: size }, (_, i) => i)];
    };
    const entries = [ones('fc/kernel', [3, 2]), ones('alpha', [2, 1, 3]), ones('w', [1, 2, 1, 2, 1, 2]), ones('s', [])];
    const clipped = clip({ clipFactor: 0.5, unit: 'tensor' }, entries);
    for (const [i, [, , param, grad]] of entries.entries()) {
      const factor = Math.min(1, (0.5 * Math.hypot(...param)) / Math.max(Math.hypot(...grad), 1e-6));
      expectTensorClose(
        clipped[i]!,
        grad.map((value) => value * factor),
      );
    }
  });

  it('takes axes that it is given before whole tensors', () => {
    const [columns] = clip({ clipFactor: 0.5, unit: 'tensor', axes: { fc: [0] } }, [
      ['fc/kernel', [2, 2], [3, 3, 4, 4], [6, 0.3, 8, 0.4]],
    ]);
    expectTensorClose(columns!, [1.5, 0.3, 2, 0.4]);
  });

  it('takes each element of a gain for itself, as timm does, but not of a bias', () => {
    const vector = [0.03, 0, -0.04, 0.005];
    const [gain, bias, second] = clip({ clipFactor: 0.01, unit: 'gain-apart' }, [
      ['conv/gain', [4], [1, 2, 1, 0], vector],
      ['conv/bias', [4], [1, 1, 1, 1], vector],
      ['conv/gain_1', [4], [1, 2, 1, 0], vector],
    ]);
    // The last is zero: clipFactor * eps.
    expectTensorClose(gain!, [0.01, 0, -0.01, 1e-5], { absolute: 1e-9 });
    expect(second).toEqual(gain);
    const factor = 0.02 / Math.hypot(...vector);
    expectTensorClose(
      bias!,
      vector.map((value) => value * factor),
    );
  });

  it('takes each output of a kernel for itself, also of one input, as timm does', () => {
    const grad = [0.03, 0, -0.04, 0.005];
    const apart = [0.01, 0, -0.01, 0.005];
    const whole = grad.map((value) => (value * 0.02) / Math.hypot(...grad));
    const expected: [Entry, number[]][] = [
      [['point/kernel', [1, 1, 1, 4], [1, 1, 1, 1], grad], apart],
      [['dw/depthwise_kernel', [1, 1, 4, 1], [1, 1, 1, 1], grad], apart],
      [['conv/kernel', [1, 1, 4, 1], [1, 1, 1, 1], grad], whole],
      [['head/kernel', [4, 1], [1, 1, 1, 1], grad], whole],
      [['other', [4, 1, 1], [1, 1, 1, 1], grad], whole],
    ];
    const clipped = clip(
      { clipFactor: 0.01, unit: 'gain-apart' },
      expected.map(([entry]) => entry),
    );
    for (const [i, [, values]] of expected.entries()) expectTensorClose(clipped[i]!, values);
  });

  it('counts them', async () => {
    const gradients = gradientsOf([
      ['conv/gain', [4], [1, 1, 1, 1], [0.03, 0, -0.04, 0.005]],
      ['conv/kernel', [3, 2], [1, 1, 1, 1, 1, 1], [1, 0, 0, 0, 0, 0]],
    ]);
    const unitsOf = async (unit: 'output' | 'tensor' | 'gain-apart') => {
      const [{ units, clippedUnits } = { units: 0, clippedUnits: 0 }] = await clipStats(gradients, {
        clipFactor: 0.01,
        unit,
      });
      return [units, clippedUnits];
    };
    expect(await unitsOf('output')).toEqual([3, 2]);
    expect(await unitsOf('tensor')).toEqual([2, 2]);
    expect(await unitsOf('gain-apart')).toEqual([6, 3]);
  });
});

describe('a clip factor that changes', () => {
  const schedule = (shape?: 'linear' | 'cosine' | 'exponential') => ({
    from: 0.16,
    to: 0.01,
    steps: 4,
    ...(shape && { shape }),
  });

  it.each([
    [undefined, [0.16, 0.1225, 0.085, 0.0475, 0.01, 0.01]],
    // Shares (1 - cos(pi t / 4)) / 2.
    ['cosine', [0.16, 0.138033, 0.085, 0.031967, 0.01, 0.01]],
    // A factor of 16^(-1/4) = 1/2 a step.
    ['exponential', [0.16, 0.08, 0.04, 0.02, 0.01, 0.01]],
  ] as const)('goes from step to step: %s', (shape, expected) => {
    const gradients = gradientsOf([['w', [], [1], [1]]]);
    const state = new TransformState();
    const clipFactor = schedule(shape);
    const factors = expected.map(() => applied({ clipFactor }, gradients, state)[0]![0]!);
    expectTensorClose(factors, [...expected], { absolute: 1e-6 });
    expect(factors.at(-1)).toBeCloseTo(0.01, 8);
    // Counted to its end.
    expect(state.list().map(({ slot, value }) => [slot, value.dataSync()[0]])).toEqual([['steps', 4]]);
    state.dispose();
  });

  it('may rise, and take one step', () => {
    const gradients = gradientsOf([['w', [], [1], [1]]]);
    const state = new TransformState();
    const clipFactor = { from: 0.1, to: 0.5, steps: 1 };
    const factors = [0, 1, 2].map(() => applied({ clipFactor }, gradients, state)[0]![0]!);
    expect(factors).toEqual([0.1, 0.5, 0.5].map(Math.fround));
    state.dispose();
  });

  it('is measured at the step that comes, which is not counted by it', async () => {
    const gradients = gradientsOf([['w', [], [1], [0.1]]]);
    const state = new TransformState();
    const clipFactor = schedule();
    const clipped = [];
    for (let step = 0; step < 4; step++) {
      const { values, read } = adaptiveGradClip({ clipFactor }).measure(gradients, state);
      const before = state.list()[0]!.value.dataSync()[0];
      clipped.push(read(await values.data())[0]!.clippedUnits);
      values.dispose();
      applied({ clipFactor }, gradients, state);
      expect(before).toBe(step);
    }
    expect(clipped).toEqual([0, 0, 1, 1]);
    state.dispose();
  });

  it('counts no step without gradients, and needs a state', () => {
    const state = new TransformState();
    expect(adaptiveGradClip({ clipFactor: schedule() }).apply([], state)).toEqual([]);
    expect(state.list()).toEqual([]);
    const gradients = gradientsOf([['w', [], [1], [0.1]]]);
    expect(() => applied({ clipFactor: schedule() }, gradients)).toThrow(
      'adaptiveGradClip: a `clipFactor` that changes needs a state to count its steps in.',
    );
  });

  it('is refused where no steps are counted', async () => {
    const message = '`clipFactor` must be a number here, where no steps are counted, got {"from":0.16';
    await expect(clipStats([], { clipFactor: schedule() })).rejects.toThrow(`clipStats: ${message}`);
    expect(() => clipMeter({ clipFactor: schedule() })).toThrow(`clipMeter: ${message}`);
  });
});

it('comes back from configs, and from those that were saved without unit and form', () => {
  const { fromConfig } = tf.serialization.SerializationMap.getMap().classNameMap['AdaptiveGradClip']![0];
  const back = (config: tf.serialization.ConfigDict) =>
    fromConfig(adaptiveGradClip().constructor as never, config).getConfig();
  const config = adaptiveGradClip({
    clipFactor: { from: 0.1, to: 0.2, steps: 5, shape: 'cosine' },
    unit: 'gain-apart',
    form: 'soft',
  }).getConfig();
  expect(config).toEqual({
    clipFactor: { from: 0.1, to: 0.2, steps: 5, shape: { name: 'cosine' } },
    eps: 1e-3,
    exclude: [],
    axes: [],
    unit: { name: 'gain-apart' },
    form: { name: 'soft' },
  });
  expect(back(config)).toEqual(config);
  expect(back({ clipFactor: 0.02, eps: 0.1, exclude: [{ name: 'head' }], axes: [] })).toEqual({
    ...adaptiveGradClip({ clipFactor: 0.02, eps: 0.1, exclude: ['head'] }).getConfig(),
  });
});

it.each([
  [{ unit: 'row' }, "adaptiveGradClip: `unit` must be one of 'output', 'tensor', 'gain-apart', got \"row\"."],
  [{ unit: 'tensors' }, "did you mean 'tensor'?"],
  [{ form: 'smooth' }, "adaptiveGradClip: `form` must be one of 'hard', 'soft', got \"smooth\"."],
  [
    { clipFactor: { from: 1, to: 2 } },
    'adaptiveGradClip: clipFactor: `steps` must be a whole number from 1 to 16777216, got undefined.',
  ],
  [
    { clipFactor: { from: 0, to: 2, steps: 3 } },
    'adaptiveGradClip: clipFactor: `from` must be a finite number > 0, got 0.',
  ],
  [{ clipFactor: { from: 1, to: 2, steps: 2.5 } }, '`steps` must be a whole number from 1 to 16777216, got 2.5.'],
  [
    { clipFactor: { from: 1, to: 2, steps: 2 ** 25 } },
    '`steps` must be a whole number from 1 to 16777216, got 33554432.',
  ],
  [
    { clipFactor: { from: 1, to: 2, steps: 2, shape: 'cos' } },
    "`shape` must be one of 'linear', 'cosine', 'exponential'",
  ],
  [{ clipFactor: { from: 1, too: 2, steps: 2 } }, 'adaptiveGradClip: clipFactor: no option `too`; did you mean `to`?'],
  [
    { clipFactor: [1, 2] },
    'adaptiveGradClip: clipFactor: options must be an object like { from, to, steps }, got [1,2].',
  ],
  [{ clipFactor: null }, '`clipFactor` must be a number, got null.'],
])('refuses %j', (args, message) => {
  expect(() => adaptiveGradClip(args as never)).toThrow(message);
});

import { expectTensorClose } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AdaptiveGradClipArgs, adaptiveGradClip, unitwiseNorm } from '../index.js';

interface Case {
  readonly name?: string;
  readonly shape: number[];
  readonly param: number[];
  readonly grad: number[];
}

/** The clipped gradients of `cases`, as numbers. */
function clip(cases: readonly Case[], args?: AdaptiveGradClipArgs): number[][] {
  const params = tf.tidy(() => cases.map(({ name, shape, param }) => tf.variable(tf.tensor(param, shape), true, name)));
  try {
    return tf.tidy(() => {
      const gradients = cases.map(({ shape, grad }, i) => ({ param: params[i]!, grad: tf.tensor(grad, shape) }));
      const clipped = adaptiveGradClip({ clipFactor: 0.01, ...args }).apply(gradients);
      expect(clipped.map(({ shape }) => shape)).toEqual(cases.map(({ shape }) => shape));
      return clipped.map((tensor) => [...tensor.dataSync()]);
    });
  } finally {
    tf.dispose(params);
  }
}

const KERNEL: Case = {
  shape: [2, 2, 2, 3],
  param: Array.from({ length: 24 }, (_, k) => (((7 * k) % 11) - 5) / 10),
  grad: Array.from({ length: 24 }, (_, k) => ((((5 * k) % 13) - 6) / 20) * [1, 0.1, 0.004][k % 3]!),
};
const LINEAR: Case = { shape: [3, 2], param: [0.3, -0.4, 0, 1.2, 0.4, 0.5], grad: [0.6, 0.001, 0.8, -0.002, 0, 0.002] };

describe('by hand', () => {
  it('clips the output channels of a convolution kernel', () => {
    // Norms .9, .774597, 1.03923 and gradient norms .585235, .047958, .002209: factors .015378, .161515, 1.
    const expected = [
      -0.004614, -0.000808, 0.0008, -0.003076, 0.000808, 0.0012, -0.001538, 0.002423, -0.001, 0, 0.004038, -0.0006,
      0.001538, -0.004845, -0.0002, 0.003076, -0.00323, 0.0002, 0.004614, -0.001615, 0.0006, -0.003845, 0, 0.001,
    ];
    expectTensorClose(clip([KERNEL])[0]!, expected, { absolute: 6e-7, relative: 0 });
    const [loose] = clip([KERNEL], { clipFactor: 0.16 });
    const first = [-0.073817, -0.049211, -0.024606, 0, 0.024606, 0.049211, 0.073817, -0.061514];
    expectTensorClose(
      loose!.filter((_, k) => k % 3 === 0),
      first,
      { absolute: 6e-7, relative: 0 },
    );
    expect(loose!.filter((_, k) => k % 3 > 0)).toEqual(KERNEL.grad.filter((_, k) => k % 3 > 0).map(Math.fround));
  });

  it('clips the columns of [in, out], not its rows', () => {
    // Column norms .5 and 1.360147 against gradients of norm 1 and .003, with factor .02.
    const [clipped] = clip([LINEAR], { clipFactor: 0.02 });
    expectTensorClose(clipped!, [0.006, 0.001, 0.008, -0.002, 0, 0.002], { absolute: 1e-9 });
    const byRows = [0.01, 0.000017, 0.024, -0.00006, 0, 0.002];
    expect(Math.abs(clipped![0]! - byRows[0]!)).toBeGreaterThan(1e-3);
  });

  it('takes one norm over a whole gain or bias', () => {
    const [gain, bias, wide] = clip([
      // |g| = .05 > .01 * 2; element by element it would be (.01, 0, -.01, 0).
      { shape: [4], param: [1, 1, 1, 1], grad: [0.03, 0, -0.04, 0] },
      // Zero bias: the limit is .01 * eps = 1e-5.
      { shape: [3], param: [0, 0, 0], grad: [0.03, 0.04, 0] },
      { shape: [1, 1, 1, 4], param: [1, 1, 1, 1], grad: [0.03, 0, -0.04, 0] },
    ]);
    expectTensorClose(gain!, [0.012, 0, -0.016, 0]);
    expectTensorClose(bias!, [6e-6, 8e-6, 0], { absolute: 1e-11 });
    expectTensorClose(wide!, [0.012, 0, -0.016, 0]);
  });

  it('lets a zero-initialized skip gain move by clipFactor * eps', () => {
    const clipped = [0.5, -2e-6, 1e-5, 1.1e-5, 0].map((g) => clip([{ shape: [], param: [0], grad: [g] }])[0]![0]!);
    expectTensorClose(clipped, [1e-5, -2e-6, 1e-5, 1e-5, 0], { absolute: 1e-12 });
  });

  it('does not touch a gradient below a limit that is itself below 1e-6', () => {
    // The limit is 1e-4 * eps = 1e-7; the guard against 0 / 0 must not scale 5e-8 by 1e-7 / 1e-6.
    expect(clip([{ shape: [], param: [0], grad: [5e-8] }], { clipFactor: 1e-4 })).toEqual([[Math.fround(5e-8)]]);
  });

  it('gives each gradient its own result when same-shaped ones are stacked', () => {
    const cases: Case[] = [
      KERNEL,
      { shape: [], param: [0], grad: [0.5] },
      LINEAR,
      { ...KERNEL, param: KERNEL.param.map((x) => 2 * x) },
      { shape: [], param: [10], grad: [0.5] },
      { ...LINEAR, grad: LINEAR.grad.map((x) => -x) },
    ];
    expect(clip(cases)).toEqual(cases.map((each) => clip([each])[0]));
  });
});

describe('values that are not finite', () => {
  it('leaves a NaN gradient visible, and the rest of its unit and all other units as they are', () => {
    const [withNaN, other] = clip([
      { shape: [2, 2], param: [1, 1, 1, 1], grad: [Number.NaN, 0.001, 0.5, 0.001] },
      { shape: [2, 2], param: [1, 1, 1, 1], grad: [0.001, 0.001, 0.001, 0.001] },
    ]);
    expect(withNaN).toEqual([Number.NaN, 0.001, 0.5, 0.001].map(Math.fround));
    expect(other).toEqual(Array(4).fill(Math.fround(0.001)));
  });

  it('turns an infinite gradient into NaN, as the reference does', () => {
    expect(clip([{ shape: [2], param: [1, 1], grad: [Number.POSITIVE_INFINITY, 1] }])[0]![0]).toBeNaN();
  });
});

describe('properties', () => {
  const shapes = fc.constantFrom<number[][]>([], [1], [5], [3, 4], [4, 1], [1, 6], [2, 2, 3, 4], [1, 1, 1, 3]);
  const number = fc.oneof(fc.constant(0), fc.float({ min: -4, max: 4, noNaN: true }));
  const cases = shapes.chain((shape) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const numbers = fc.array(number, { minLength: size, maxLength: size });
    return fc.record({ shape: fc.constant(shape), param: numbers, grad: numbers });
  });

  it('keeps every unit within the limit and clips no further the second time', () => {
    fc.assert(
      fc.property(cases, fc.double({ min: 0.001, max: 1, noNaN: true }), (each, clipFactor) => {
        const [once] = clip([each], { clipFactor });
        tf.tidy(() => {
          const norms = unitwiseNorm(tf.tensor(each.param, each.shape)).dataSync();
          const clipped = unitwiseNorm(tf.tensor(once!, each.shape)).dataSync();
          clipped.forEach((norm, i) => {
            expect(norm).toBeLessThanOrEqual(clipFactor * Math.max(norms[i]!, 1e-3) * (1 + 1e-5));
          });
        });
        expectTensorClose(clip([{ ...each, grad: once! }], { clipFactor })[0]!, once!, { absolute: 0 });
      }),
      { numRuns: 60 },
    );
  });

  it('keeps the exact bits of gradients below the limit', () => {
    fc.assert(
      fc.property(fc.array(cases, { maxLength: 4 }), (list) => {
        expect(clip(list, { clipFactor: 1e30 })).toEqual(list.map(({ grad }) => grad));
      }),
      { numRuns: 40 },
    );
  });
});

describe('which weights, and along which axes', () => {
  const big = (name: string, shape: number[]): Case => {
    const size = shape.reduce((a, b) => a * b, 1);
    return { name, shape, param: Array(size).fill(1), grad: Array.from({ length: size }, (_, k) => k + 1) };
  };
  const unchanged = (each: Case) => each.grad.map(Math.fround);

  it('passes excluded layers and weights through, whatever suffix tf gave them', () => {
    const cases = [
      big('stem/kernel', [2, 2]),
      big('head/kernel', [2, 2]),
      big('head/bias', [2]),
      big('head/kernel_1', [2, 2]),
      big('block_1/se/kernel_7', [2, 2]),
      big('block_1/se/bias', [2]),
    ];
    const changes = (args: AdaptiveGradClipArgs) =>
      clip(cases, args).map((grad, i) => JSON.stringify(grad) !== JSON.stringify(unchanged(cases[i]!)));
    expect(changes({})).toEqual([true, true, true, true, true, true]);
    expect(changes({ exclude: ['head'] })).toEqual([true, false, false, false, true, true]);
    expect(changes({ exclude: ['head/kernel'] })).toEqual([true, false, true, false, true, true]);
    expect(changes({ exclude: ['block_1/se', 'stem'] })).toEqual([false, true, true, true, false, false]);
  });

  it('refuses an entry that names nothing, and accepts a layer that has no gradient now', () => {
    const cases = [big('stem/kernel', [2, 2]), big('head/kernel', [2, 2])];
    expect(() => clip(cases, { exclude: ['haed'] })).toThrow(
      "adaptiveGradClip: `exclude` must name layers ('head') or weights of layers ('head/kernel'), got 'haed', " +
        "which is neither. The layers with gradients are 'stem', 'head'.",
    );
    expect(() => clip(cases, { axes: { 'stem/kernle': [0] } })).toThrow(/`axes` must name .* got 'stem\/kernle'/);

    const frozen = tf.tidy(() => tf.variable(tf.scalar(1), false, 'frozen/gain'));
    expect(clip(cases, { exclude: ['frozen'] })).toEqual(clip(cases));
    expect(adaptiveGradClip({ exclude: ['haed'] }).apply([])).toEqual([]);
    frozen.dispose();
  });

  it.each([
    { what: 'a depthwise kernel', name: 'dw/depthwise_kernel', shape: [2, 2, 3, 2], axes: [0, 1] },
    { what: 'a pointwise kernel', name: 'sep/pointwise_kernel', shape: [1, 1, 3, 2], axes: [0, 1, 2] },
    { what: 'a conv1d kernel', name: 'conv/kernel_1', shape: [3, 2, 4], axes: [0, 1] },
    { what: 'a conv3d kernel', name: 'conv/kernel', shape: [2, 1, 2, 3, 2], axes: [0, 1, 2, 3] },
  ])('clips each output unit of $what', ({ name, shape, axes }) => {
    const each = big(name, shape);
    const [clipped] = clip([each]);
    tf.tidy(() => {
      const grad = tf.tensor(each.grad, shape);
      const limit = tf.mul(unitwiseNorm(tf.tensor(each.param, shape), axes), 0.01);
      expectTensorClose(clipped!, tf.mul(grad, tf.div(limit, unitwiseNorm(grad, axes))), { absolute: 1e-8 });
    });
  });

  it('takes the axes it is given, by weight before layer, and not for the vectors of a layer', () => {
    const kernel = big('up/kernel', [2, 2, 3, 4]);
    const bias = big('up/bias', [3]);
    const expected = (axes: number[]) =>
      tf.tidy(() => {
        const grad = tf.tensor(kernel.grad, kernel.shape);
        const limit = tf.mul(unitwiseNorm(tf.tensor(kernel.param, kernel.shape), axes), 0.01);
        return [...tf.mul(grad, tf.div(limit, unitwiseNorm(grad, axes))).dataSync()];
      });
    const wholeBias = clip([{ ...bias, name: 'other/bias' }])[0];
    const byLayer = clip([kernel, bias], { axes: { up: [0, 1, 3] } });
    expectTensorClose(byLayer[0]!, expected([0, 1, 3]), { absolute: 1e-8 });
    expect(byLayer[1]).toEqual(wholeBias);
    const byWeight = clip([kernel, bias], { axes: { up: [0], 'up/kernel': [0, 1, 3] } });
    expect(byWeight).toEqual(byLayer);
    // No axes at all: every element is a unit.
    expectTensorClose(clip([bias], { axes: { 'up/bias': [] } })[0]!, [0.01, 0.01, 0.01]);
  });

  it('refuses layouts that it would have to guess', () => {
    const refuse = (cases: Case[], message: string | RegExp, args?: AdaptiveGradClipArgs) => {
      expect(() => clip(cases, args)).toThrow(message);
    };
    refuse(
      [big('act/alpha_1', [2, 3, 4])],
      "adaptiveGradClip: `axes` must be given for 'act/alpha' of shape [2,3,4], whose rank does not tell which axes " +
        "make up one output unit. Write axes: { 'act/alpha': [...] }, or exclude: ['act/alpha'].",
    );
    refuse([big('w', [2, 2, 2, 2, 2])], /for 'w' of shape \[2,2,2,2,2\]/);
    refuse(
      [big('up/kernel_1', [2, 2, 3, 4]), big('up/bias_1', [3])],
      "for 'up/kernel' of shape [2,2,3,4]: its bias has 3 values, so it seems to be the kernel of a transposed " +
        "convolution, [..., out, in]. Write axes: { 'up/kernel': [0, 1, 3] }, or exclude: ['up/kernel'].",
    );
    refuse([big('stem/kernel', [2, 2])], /`axes` of 'stem' must be below the rank .* got \[2\]/, {
      axes: { stem: [2] },
    });
  });
});

describe('bad options', () => {
  it.each([0, -0.01, Number.NaN, Number.POSITIVE_INFINITY])('refuses %d as clipFactor and as eps', (value) => {
    expect(() => adaptiveGradClip({ clipFactor: value })).toThrow(
      new RangeError(`adaptiveGradClip: \`clipFactor\` must be finite and > 0, got ${value}.`),
    );
    expect(() => adaptiveGradClip({ eps: value })).toThrow(
      new RangeError(`adaptiveGradClip: \`eps\` must be finite and > 0, got ${value}.`),
    );
  });

  it.each([
    [{ clipFactor: '0.01' }, '`clipFactor` must be a number, got "0.01".'],
    [
      { exclude: 'head' },
      "`exclude` must be an array of layer names ('head') or weights of layers ('head/kernel'), got \"head\".",
    ],
    [{ exclude: [3] }, /`exclude` must be an array of layer names .* got \[3\]\./],
    [{ exclude: [''] }, /`exclude` must be an array of layer names/],
    [{ axes: [0, 1] }, /`axes` must be an object like \{ 'upsample\/kernel': \[0, 1, 3\] \}, got \[0,1\]\./],
    [{ axes: { up: 1 } }, "`axes` of 'up' must be an array of different integers >= 0, got 1."],
    [{ axes: { up: [0, 0] } }, /`axes` of 'up' .* got \[0,0\]/],
    [{ axes: { up: [-1] } }, /`axes` of 'up' .* got \[-1\]/],
    [0.01, 'options must be an object like { clipFactor, eps }, got 0.01.'],
    [{ clip_factor: 0.1 }, 'adaptiveGradClip: no option `clip_factor`; did you mean `clipFactor`? It has clipFactor,'],
    [{ clipping: 0.1 }, 'no option `clipping`. It is `clipFactor` here.'],
  ])('refuses %j', (args, message) => {
    expect(() => adaptiveGradClip(args as unknown as AdaptiveGradClipArgs)).toThrow(message);
  });

  it('takes a very large clip factor', () => {
    expect(clip([KERNEL], { clipFactor: Number.MAX_VALUE })).toEqual([KERNEL.grad.map(Math.fround)]);
  });
});

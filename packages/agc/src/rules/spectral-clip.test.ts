import { expectTensorClose, goldenValues, variableOf } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { afterEach, describe, expect, it } from 'vitest';
import { type ParamGradient, type SpectralClipArgs, spectralClip } from '../index.js';

type Form = 'hard' | 'soft';
type Entry = readonly [name: string, shape: number[], grad: number[]];

let made: ParamGradient[] = [];
function release() {
  tf.dispose(made.flatMap(({ param, grad }) => [param, grad]));
  made = [];
}
afterEach(release);

function gradientsOf(entries: readonly Entry[]): ParamGradient[] {
  const gradients = entries.map(([name, shape, grad]) => ({
    param: variableOf(() => tf.zeros(shape), name) as tf.Variable,
    grad: tf.tensor(grad, shape),
  }));
  made.push(...gradients);
  return gradients;
}

function clip(args: SpectralClipArgs, entries: readonly Entry[]): number[][] {
  const gradients = gradientsOf(entries);
  try {
    return tf.tidy(() =>
      spectralClip(args)
        .apply(gradients)
        .map((each) => [...each.dataSync()]),
    );
  } finally {
    release();
  }
}

/** A matrix [rows, columns] of these singular values, whose vectors are those of two reflections; row by row, in double precision. */
function matrixOf(values: readonly number[], rows: number, columns: number): number[] {
  const reflection = (name: string, size: number) => {
    const normal = goldenValues(name, size);
    const square = normal.reduce((sum, each) => sum + each * each, 0);
    return (i: number, j: number) => (i === j ? 1 : 0) - (2 * normal[i]! * normal[j]!) / square;
  };
  const [left, right] = [reflection('left', rows), reflection('right', columns)];
  return Array.from({ length: rows * columns }, (_, at) => {
    const [i, j] = [Math.floor(at / columns), at % columns];
    return values.reduce((sum, value, k) => sum + left(i, k) * value * right(j, k), 0);
  });
}

const CURVES: Readonly<Record<Form, (value: number) => number>> = {
  hard: (value) => Math.min(value, 1),
  soft: (value) => value / Math.hypot(1, value),
};
const forms: readonly Form[] = ['hard', 'soft'];

it.each(forms)('clips singular values by hand: %s', (form) => {
  const curve = CURVES[form];
  const [diagonal, rotated, scaled] = [
    ...clip({ maxNorm: 1, form }, [
      ['a/kernel', [2, 2], [30, 0, 0, 0.5]],
      // [.6, .8] and [-.8, .6] on one side, the axes on the other.
      ['b/kernel', [2, 2], [0.6 * 30, -0.8 * 0.5, 0.8 * 30, 0.6 * 0.5]],
    ]),
    ...clip({ maxNorm: 4, form }, [['c/kernel', [2, 2], [0, 120, -2, 0]]]),
  ];
  const [large, small] = [curve(30), curve(0.5)];
  expectTensorClose(diagonal!, [large, 0, 0, small], { absolute: 3e-6 });
  expectTensorClose(rotated!, [0.6 * large, -0.8 * small, 0.8 * large, 0.6 * small], { absolute: 3e-6 });
  expectTensorClose(scaled!, [0, 4 * large, -4 * small, 0], { absolute: 1.2e-5 });
});

describe.each(forms)('%s, beside singular values that are known', (form) => {
  const spectra: Readonly<Record<string, (i: number) => number>> = {
    'all below': (i) => 0.9 / (i + 1),
    falling: (i) => 20 / (i + 1),
    'one that outgrows the others': (i) => (i === 0 ? 40 : 0.9 - 0.02 * i),
    'close to the limit': (i) => 1 + (i - 6) * 1e-4,
    'all at the limit': () => 1,
    'two, and zeros': (i) => [8, 3][i] ?? 0,
    zeros: () => 0,
  };
  it.each(Object.entries(spectra))('%s', (_, sizeOf) => {
    for (const [rows, columns] of [
      [12, 12],
      [70, 12],
      [12, 30],
    ] as const) {
      const values = Array.from({ length: 12 }, (_, i) => sizeOf(i));
      const [clipped] = clip({ maxNorm: 1, form }, [['fc/kernel', [rows, columns], matrixOf(values, rows, columns)]]);
      expectTensorClose(clipped!, matrixOf(values.map(CURVES[form]), rows, columns), {
        relative: 1e-5,
        absolute: 1e-5,
      });
    }
  });

  it('errs by a millionth of the largest, up to 10 000 times the limit', () => {
    for (const ratio of [100, 1000, 9000]) {
      const values = Array.from({ length: 10 }, (_, i) => (i === 0 ? ratio : 1.8 / i));
      const [clipped] = clip({ maxNorm: 1, form }, [['fc/kernel', [40, 10], matrixOf(values, 40, 10)]]);
      expectTensorClose(clipped!, matrixOf(values.map(CURVES[form]), 40, 10), {
        relative: 0,
        absolute: 1e-6 * ratio,
      });
    }
  });

  it('errs by so little also where singular values lie close together, at all sizes', () => {
    for (const ratio of [1, 10, 100, 1000, 9000]) {
      for (const rows of [40, 160]) {
        const values = Array.from({ length: 32 }, (_, i) => (ratio * (1 - i / 100)) / 4 ** i + 1e-3);
        const [clipped] = clip({ maxNorm: 1, form }, [['fc/kernel', [rows, 32], matrixOf(values, rows, 32)]]);
        expectTensorClose(clipped!, matrixOf(values.map(CURVES[form]), rows, 32), {
          relative: 0,
          absolute: form === 'soft' ? 3e-6 : 1e-6 + 1e-6 * ratio,
        });
      }
    }
  });

  it('stays small far above that', () => {
    const values = [1e8, 3e7, 1, 0.5];
    const [clipped] = clip({ maxNorm: 1, form }, [['fc/kernel', [6, 4], matrixOf(values, 6, 4)]]);
    expect(Math.hypot(...clipped!)).toBeLessThan(1e-6 * 1e8);
  });
});

it('takes a convolution as a matrix of its outputs, and other weights of their last axis', () => {
  const values = [...goldenValues('kernel', 36)].map((value) => 3 * value);
  const [dense, conv, conv1d, depthwise] = clip({ maxNorm: 1 }, [
    ['a/kernel', [12, 3], values],
    ['b/kernel', [2, 2, 3, 3], values],
    ['c/kernel', [4, 3, 3], values],
    ['d/depthwise_kernel', [2, 2, 3, 3], values],
  ]);
  expect(Math.hypot(...dense!)).toBeLessThan(0.6 * Math.hypot(...values));
  for (const other of [conv, conv1d, depthwise]) expectTensorClose(other!, dense!);
});

it('clips by norm what has one singular value', () => {
  const entries: Entry[] = [
    ['fc/bias', [2], [3, 4]],
    ['gain', [], [-3]],
    ['head/kernel', [2, 1], [3, 4]],
    ['up/kernel', [1, 1, 1, 2], [3, 4]],
    ['other/bias', [2], [0.1, 0.2]],
  ];
  const [hard, soft] = forms.map((form) => clip({ maxNorm: 2, form }, entries));
  const curve = (norm: number) => norm / Math.hypot(1, norm / 2);
  expectTensorClose(hard!.flat(), [1.2, 1.6, -2, 1.2, 1.6, 1.2, 1.6, 0.1, 0.2]);
  const [five, three, small] = [curve(5) / 5, curve(3), curve(Math.hypot(0.1, 0.2)) / Math.hypot(0.1, 0.2)];
  const vector = [3 * five, 4 * five];
  expectTensorClose(soft!.flat(), [...vector, -three, ...vector, ...vector, 0.1 * small, 0.2 * small]);
});

it('keeps the exact bits of a gradient whose norm is within the limit, of the hard form', () => {
  const values = [...goldenValues('g', 20)].map(Math.fround);
  const maxNorm = Math.hypot(...values) * 1.0001;
  expect(clip({ maxNorm, form: 'hard' }, [['fc/kernel', [5, 4], values]])).toEqual([values]);
});

it('keeps the exact bits of a gradient that is next to nothing, of the soft form, and bends others smoothly', () => {
  const tiny = [...goldenValues('g', 20)].map((value) => Math.fround(value * 1e-22));
  expect(clip({ maxNorm: 1 }, [['fc/kernel', [5, 4], tiny]])).toEqual([tiny]);
  // On either side of where that ends.
  for (const value of [0.9e-4, 1.1e-4]) {
    const [clipped] = clip({ maxNorm: 1 }, [['fc/kernel', [2, 2], [0, value, 0, 0]]]);
    expectTensorClose(clipped!, [0, value, 0, 0], { relative: 1e-6, absolute: 1e-12 });
  }
});

it('gives each gradient its own result when small ones of one shape are stacked', () => {
  const entries = [0, 1, 2].map(
    (i): Entry => [`fc_${i}/kernel`, [6, 4], [...goldenValues(`${i}`, 24)].map((g) => g * 10 ** i)],
  );
  for (const form of forms) {
    const together = clip({ maxNorm: 1, form }, entries);
    for (const [i, entry] of entries.entries()) {
      expectTensorClose(together[i]!, clip({ maxNorm: 1, form }, [entry])[0]!, { absolute: 2e-5 });
    }
  }
});

it.each(forms)('leaves a matrix with a NaN as it is, and makes NaN of what is infinite: %s', (form) => {
  const [broken, infinite, other] = clip({ maxNorm: 1, form }, [
    ['a/kernel', [2, 2], [Number.NaN, 5, 0, 5]],
    ['b/kernel', [2, 3], [Number.POSITIVE_INFINITY, 1, 0, 1, 0, 1]],
    ['c/kernel', [2, 2], [10, 0, 0, 0]],
  ]);
  expect(broken).toEqual([Number.NaN, 5, 0, 5]);
  expect(infinite![0]).toBeNaN();
  expectTensorClose(other!, [CURVES[form](10), 0, 0, 0], { absolute: 2e-6 });
});

it('measures the largest singular value of each gradient', async () => {
  const spectra = [
    [3, 2.99, 2.98, 0.1],
    [0.5, 0.1, 0, 0],
    [0, 0, 0, 0],
    [1.9, 1.9, 1.9, 1.9],
  ];
  const gradients = gradientsOf([
    ...spectra.map(
      (values, i): Entry => [
        `fc_${i}/kernel`,
        i === 1 ? [4, 9] : [9, 4],
        i === 1 ? matrixOf(values, 4, 9) : matrixOf(values, 9, 4),
      ],
    ),
    ['gain', [], [-8]],
    ['fc_3/bias', [2], [3, 4]],
  ]);
  const { values, read } = spectralClip({ maxNorm: 2 }).measure(gradients);
  const layers = read(await values.data());
  values.dispose();
  expect(layers.map(({ layer, units, clippedUnits }) => [layer, units, clippedUnits])).toEqual([
    ['fc_0', 1, 1],
    ['fc_1', 1, 0],
    ['fc_2', 1, 0],
    ['fc_3', 2, 1],
    ['gain', 1, 1],
  ]);
  const ratios = layers.map(({ largestRatio }) => largestRatio);
  expectTensorClose(ratios.slice(1), [0.25, 0, 2.5, 4]);
  expect(ratios[0]).toBeLessThanOrEqual(1.5 * (1 + 1e-6));
  expect(ratios[0]).toBeGreaterThan(1.5 * 0.99);
  const none = spectralClip().measure([]);
  expect(none.read(await none.values.data())).toEqual([]);
  none.values.dispose();
});

it('passes excluded layers and weights through, and refuses names that fit nothing', async () => {
  const entries: Entry[] = [
    ['fc/kernel', [2, 2], [9, 0, 0, 9]],
    ['fc/bias', [1], [9]],
    ['head/kernel', [2, 2], [9, 0, 0, 9]],
  ];
  const [kernel, bias, head] = clip({ maxNorm: 1, form: 'hard', exclude: ['head', 'fc/bias'] }, entries);
  expectTensorClose(kernel!, [1, 0, 0, 1], { absolute: 1e-5 });
  expect([bias, head]).toEqual([[9], [9, 0, 0, 9]]);
  expect(() => clip({ exclude: ['tail'] }, entries)).toThrow("spectralClip: `exclude` must name layers ('head')");
  expect(spectralClip({ exclude: ['tail'] }).apply([])).toEqual([]);
  const { values, read } = spectralClip({ maxNorm: 1, exclude: ['fc'] }).measure(gradientsOf(entries));
  expect(read(await values.data()).map(({ layer }) => layer)).toEqual(['head']);
  values.dispose();
});

it.each([
  [{ maxNorm: 0 }, 'spectralClip: `maxNorm` must be a finite number > 0, got 0.'],
  [{ form: 'sof' }, "spectralClip: `form` must be one of 'hard', 'soft', got \"sof\"; did you mean 'soft'?"],
  [{ exclude: 'head' }, 'spectralClip: `exclude` must be an array of layer names'],
  [{ max_norm: 1 }, 'spectralClip: no option `max_norm`; did you mean `maxNorm`? It has maxNorm, form, exclude.'],
  [1, 'spectralClip: options must be an object like { maxNorm, form }, got 1.'],
])('refuses %j', (args, message) => {
  expect(() => spectralClip(args as never)).toThrow(message);
});

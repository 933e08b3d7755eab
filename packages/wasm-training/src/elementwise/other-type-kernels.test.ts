import * as tf from '@tensorflow/tfjs';
import { afterAll, describe, expect, it } from 'vitest';
import '../index.js';
import { expectSameOnBoth, runOn } from '../__fixtures__/both-backends.js';

afterAll(async () => {
  await tf.setBackend('cpu');
});

const FLAGS = { values: [0, 1, 1, 0, 1], dtype: 'bool' as const };
const WHOLE = { values: [0, 1, -2, 300, -70_000], dtype: 'int32' as const };

describe('booleans and whole numbers', () => {
  const { abs, acos, asin, exp, leakyRelu, neg, relu, relu6, round, selu, sign, square, step } = tf;
  const functions = { abs, acos, asin, exp, leakyRelu, neg, relu, relu6, round, selu, sign, square, step };

  it.each(Object.entries<(x: tf.Tensor) => tf.Tensor>(functions))(
    "%s of booleans is the cpu backend's",
    async (_, apply) => {
      await expectSameOnBoth([FLAGS], (x) => apply(x!), 1e-5);
    },
  );

  it.each(
    Object.entries<(x: tf.Tensor) => tf.Tensor>({
      abs,
      neg,
      relu,
      relu6,
      round,
      sign,
      step,
      isNaN: tf.isNaN,
      isFinite: tf.isFinite,
    }),
  )("%s of whole numbers is the cpu backend's", async (_, apply) => {
    await expectSameOnBoth([WHOLE], (x) => apply(x!), 1e-5);
  });

  it('are moved, chosen and cut as they are', async () => {
    await expectSameOnBoth([FLAGS, WHOLE], (flags, whole) => [
      tf.reverse(flags!),
      tf.reverse(whole!),
      tf.where(flags!, flags!, tf.logicalNot(flags!)),
      tf.where(flags!, whole!, tf.neg(whole!)),
      tf.clipByValue(whole!, -5, 200),
      tf.stridedSlice(whole!, [0], [5], [2]),
      tf.topk(tf.cast(flags!, 'int32'), 2).values,
      tf.cast(whole!, 'bool'),
      tf.maxPool3d(tf.reshape(whole!, [1, 1, 1, 5, 1]) as tf.Tensor5D, [1, 1, 2], 1, 'valid'),
    ]);
  });

  it('are true where a number is not 0', async () => {
    const values = Float32Array.of(0, -0, 0.5, 256, Number.NaN, -Infinity, 1e-40);
    const [flags] = await runOn('wasm', [{ values }], (x) => tf.cast(x!, 'bool'));
    expect([...(flags!.values as Uint8Array)]).toEqual([0, 0, 1, 1, 1, 1, 1]);
  });
});

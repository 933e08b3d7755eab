import { useBackend } from '@nfnets/backends';
import { variableOf, withVariables } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileStep } from '../index.js';

const setThreads = (threads: number) => useBackend('wasm', { threads });

beforeAll(async () => {
  expect((await setThreads(2)).threads).toBe(2);
});
afterAll(async () => {
  await setThreads(1);
  await tf.setBackend('cpu');
});

/** A step of large and small ops, of which threads share some and each take others. */
function stepOf(seed: number) {
  const normal = (shape: number[], i: number) => tf.randomUniform(shape, -1, 1, 'float32', seed + i);
  const [w, b] = [variableOf(() => normal([3, 3, 8, 8], 0)), variableOf(() => normal([8], 1))];
  const step = (x: tf.Tensor) => {
    const loss = () => {
      const y = tf.relu(tf.add(tf.conv2d(x as tf.Tensor4D, w as unknown as tf.Tensor4D, 1, 'same'), b));
      return tf.mean(tf.square(tf.sub(y, tf.tanh(tf.mean(y, [1, 2], true))))) as tf.Scalar;
    };
    const { value, grads } = tf.variableGrads(loss, [w, b]);
    for (const each of [w, b]) each.assign(tf.sub(each, tf.mul(grads[each.name]!, 0.1)));
    return [value, grads[b.name]!];
  };
  return { step, numbers: (results: tf.Tensor[]) => [...results, w, b].map((each) => [...each.dataSync()]) };
}

const image = (batch = 4) => tf.randomUniform([batch, 24, 24, 8], -1, 1, 'float32', 9);

/** What so many steps that run as they are come to. */
function eagerly(seed: number, count: number, batch?: number): number[][][] {
  const { step, numbers } = stepOf(seed);
  const x = image(batch);
  const all = Array.from({ length: count }, () => tf.tidy(() => numbers(step(x))));
  x.dispose();
  return all;
}

describe('programs on wasm', () => {
  it.each<[planned: number, then: readonly number[]]>([
    [2, [1, 2, 4, 3, 1]],
    [1, [2, 4, 1, 2]],
    [4, [1, 2, 1, 4]],
  ])(
    'planned for %i threads have the same bits on others: %j',
    withVariables(async (planned: number, then: readonly number[]) => {
      await setThreads(planned);
      const expected = eagerly(1, 2 * then.length + 1);
      const { step, numbers } = stepOf(1);
      const program = await compileStep({ step });
      const x = image();
      const next = () => {
        const results = program.step(x) as tf.Tensor[];
        const made = numbers(results);
        tf.dispose(results);
        return made;
      };
      const all = [next()];
      for (const threads of then) {
        expect((await setThreads(threads)).threads).toBe(threads);
        all.push(next(), next());
      }
      expect(all).toEqual(expected);
      program.dispose();
      x.dispose();
    }),
  );

  it(
    'do not disturb each other, whichever is the larger and whenever it is disposed',
    withVariables(async () => {
      await setThreads(2);
      const batches = [2, 9, 1] as const;
      const expected = batches.map((batch, i) => eagerly(i, 6, batch));
      const made = await Promise.all(
        batches.map(async (batch, i) => {
          const { step, numbers } = stepOf(i);
          return { numbers, x: image(batch), program: await compileStep({ step }), all: [] as number[][][] };
        }),
      );
      const next = (i: number) => {
        const { numbers, x, program, all } = made[i]!;
        const results = program.step(x) as tf.Tensor[];
        all.push(numbers(results));
        tf.dispose(results);
      };
      for (const i of [0, 1, 0, 2, 1, 2, 0, 0, 1, 1, 1, 1]) next(i);
      made[1]!.program.dispose();
      for (const i of [0, 2, 2, 0, 2, 2]) next(i);
      for (const [i, { all }] of made.entries()) expect(all).toEqual(expected[i]);
      for (const { program, x } of made) {
        program.dispose();
        x.dispose();
      }
    }),
  );
});

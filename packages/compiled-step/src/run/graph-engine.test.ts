import { variableOf, withVariables } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { missing } from '../__fixtures__/native.js';
import { compileStep } from '../index.js';

const note = missing === undefined ? '' : ` (${missing})`;

describe.skipIf(missing !== undefined)(`a step as a graph of TensorFlow's${note}`, () => {
  it(
    'compiles with XLA when asked, to the same numbers',
    withVariables(async () => {
      const run = async (xla: boolean) => {
        const w = variableOf(() => tf.linspace(-1, 1, 12));
        const program = await compileStep(
          {
            train: (x: tf.Tensor) => {
              w.assign(tf.tanh(tf.add(tf.mul(w, x), tf.sigmoid(w))));
              return tf.sum(w);
            },
          },
          { xla },
        );
        const x = tf.linspace(0, 2, 12);
        const sums = [1, 2, 3].map(() => tf.tidy(() => program.train(x).dataSync()[0]!));
        program.dispose();
        x.dispose();
        return sums;
      };
      const [plain, xla] = [await run(false), await run(true)];
      for (const [i, sum] of plain.entries()) expect(xla[i]).toBeCloseTo(sum, 5);
    }),
  );

  it(
    'may have variables of more than a protobuf can, 2 GB: values are fed',
    { timeout: 120_000 },
    withVariables(async () => {
      const rows = 9;
      const size = 2 ** 26;
      const parts = Array.from({ length: rows }, () => variableOf(() => tf.fill([size], 1)));
      const program = await compileStep({
        add: (x: tf.Tensor) => {
          for (const part of parts) part.assign(tf.add(part, x));
          return tf.addN(parts.map((part) => tf.max(part)));
        },
      });
      const x = tf.scalar(1);
      for (const expected of [18, 27]) expect(tf.tidy(() => program.add(x).dataSync()[0])).toBe(expected);
      program.dispose();
      x.dispose();
    }),
  );

  it(
    'draws anew at every call where TensorFlow draws',
    withVariables(async () => {
      const program = await compileStep({
        draw: (logits: tf.Tensor) => tf.multinomial(logits as tf.Tensor2D, 100),
      });
      const logits = tf.tensor2d([[1, 1, 1, 1]]);
      const draws = Array.from({ length: 3 }, () => tf.tidy(() => String(program.draw(logits).dataSync())));
      expect(new Set(draws).size).toBe(3);
      program.dispose();
      logits.dispose();
    }),
  );

  it(
    'says what TensorFlow has against an op',
    withVariables(async () => {
      const program = await compileStep({
        step: (x: tf.Tensor) => tf.reshape(tf.matMul(x as tf.Tensor2D, [[1, 2, 3]]), [2]),
      });
      const x = tf.ones([1, 1]);
      expect(() => program.step(x)).toThrow(
        /Input to reshape is a tensor with 3 values, but the requested shape has 2/,
      );
      program.dispose();
      x.dispose();
    }),
  );

  it(
    'takes texts',
    withVariables(async () => {
      const program = await compileStep({ f: (words: tf.Tensor) => tf.reshape(words, [2, 1]) });
      const words = tf.tensor1d(['a', 'bc'], 'string');
      const turned = program.f(words);
      expect(turned.shape).toEqual([2, 1]);
      expect([...(turned.dataSync() as unknown as string[])]).toEqual(['a', 'bc']);
      program.dispose();
      tf.dispose([words, turned]);
    }),
  );
});

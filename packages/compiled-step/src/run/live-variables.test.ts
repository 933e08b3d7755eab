import { variableOf, withVariables } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { missing } from '../__fixtures__/native.js';
import { compileStep } from '../index.js';

const one = (): tf.Tensor => tf.scalar(1);

/** A program whose step adds its batch to `w`. */
const adder = (w: tf.Variable) =>
  compileStep({
    add: (x: tf.Tensor) => {
      w.assign(tf.add(w, x));
      return x;
    },
  });

describe.skipIf(missing !== undefined)(`variables of a program${missing === undefined ? '' : ` (${missing})`}`, () => {
  it(
    'can be read, used and assigned outside at any time',
    withVariables(async () => {
      const w = variableOf(() => tf.tensor1d([1, 2]));
      const program = await adder(w);
      const x = one();
      program.add(x).dispose();
      expect([...w.dataSync()]).toEqual([2, 3]);
      expect(tf.tidy(() => [...tf.mul(w, 10).dataSync()])).toEqual([20, 30]);
      tf.tidy(() => w.assign(tf.tensor1d([7, 8])));
      expect([...w.dataSync()]).toEqual([7, 8]);
      program.add(x).dispose();
      expect([...w.dataSync()]).toEqual([8, 9]);
      program.dispose();
      tf.tidy(() => w.assign(tf.add(w, 1)));
      expect([...w.dataSync()]).toEqual([9, 10]);
      x.dispose();
    }),
  );

  it(
    'leave snapshots alone',
    withVariables(async () => {
      const w = variableOf(() => tf.tensor1d([1, 2]));
      const program = await adder(w);
      const x = one();
      program.add(x).dispose();
      const clone = tf.clone(w);
      const copy = tf.variable(w, false);
      program.add(x).dispose();
      program.add(x).dispose();
      expect([...clone.dataSync()]).toEqual([2, 3]);
      expect([...copy.dataSync()]).toEqual([2, 3]);
      expect([...w.dataSync()]).toEqual([4, 5]);
      program.dispose();
      expect([...clone.dataSync()]).toEqual([2, 3]);
      tf.dispose([x, clone]);
    }),
  );

  it(
    'may change places, as an average does with its weights',
    withVariables(async () => {
      const w = variableOf(() => tf.scalar(1));
      const average = tf.variable(w, false);
      const program = await compileStep({
        train: (x: tf.Tensor) => {
          w.assign(tf.add(w, x));
          average.assign(tf.add(tf.mul(average, 0.5), tf.mul(w, 0.5)));
          return x;
        },
      });
      const x = one();
      program.train(x).dispose();
      const values = () => [w.dataSync()[0], average.dataSync()[0]];
      // 1 + 1, 1 / 2 + 2 / 2
      expect(values()).toEqual([2, 1.5]);
      const swap = () => {
        const kept = tf.clone(w);
        w.assign(average);
        average.assign(kept);
        kept.dispose();
      };
      swap();
      expect(values()).toEqual([1.5, 2]);
      swap();
      program.train(x).dispose();
      // 2 + 1, 1.5 / 2 + 3 / 2
      expect(values()).toEqual([3, 2.25]);
      swap();
      program.train(x).dispose();
      // 2.25 + 1, 3 / 2 + 3.25 / 2
      expect(values()).toEqual([3.25, 3.125]);
      program.dispose();
      expect(values()).toEqual([3.25, 3.125]);
      x.dispose();
    }),
  );

  it(
    'may belong to two programs',
    withVariables(async () => {
      const w = variableOf(() => tf.scalar(1));
      const [a, b] = [await adder(w), await adder(w)];
      const x = one();
      for (const program of [a, a, b, a, b]) program.add(x).dispose();
      expect(w.dataSync()[0]).toBe(6);
      a.dispose();
      b.add(x).dispose();
      b.dispose();
      expect(w.dataSync()[0]).toBe(7);
      x.dispose();
    }),
  );

  it(
    'take over a value that is an input, a constant or another variable',
    withVariables(async () => {
      const [a, b, c] = [
        variableOf(() => tf.zeros([2])),
        variableOf(() => tf.zeros([2])),
        variableOf(() => tf.ones([2])),
      ];
      const program = await compileStep({
        set: (x: tf.Tensor) => {
          a.assign(x);
          b.assign(c);
          c.assign(tf.tensor1d([8, 9]));
          return x;
        },
      });
      let x = tf.tensor1d([1, 2]);
      program.set(x).dispose();
      x.dispose();
      const values = () => [a, b, c].map((variable) => [...variable.dataSync()]);
      expect(values()).toEqual([
        [1, 2],
        [1, 1],
        [8, 9],
      ]);
      x = tf.tensor1d([3, 4]);
      program.set(x).dispose();
      x.dispose();
      expect(values()).toEqual([
        [3, 4],
        [8, 9],
        [8, 9],
      ]);
      program.dispose();
    }),
  );

  it(
    'must not be disposed before it',
    withVariables(async () => {
      const w = variableOf(() => tf.scalar(1), 'short_lived');
      const program = await adder(w);
      const x = one();
      program.add(x).dispose();
      w.dispose();
      expect(() => program.add(x)).toThrow(
        'compileStep: the variable short_lived was disposed. Dispose the program before its variables.',
      );
      program.dispose();
      x.dispose();
    }),
  );

  it(
    'may hold more than a protobuf can, 2 GB: values are fed',
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
      const x = one();
      for (const expected of [18, 27]) expect(tf.tidy(() => program.add(x).dataSync()[0])).toBe(expected);
      program.dispose();
      x.dispose();
    }),
  );
});

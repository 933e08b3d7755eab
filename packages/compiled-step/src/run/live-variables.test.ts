import { variableOf, withVariables } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { describeEngines } from '../__fixtures__/describe-engines.js';
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

describeEngines('variables of a program', () => {
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
    'may be what the step is given: itself, or a copy',
    withVariables(async () => {
      const [w, other] = [variableOf(() => tf.tensor1d([1, 2])), variableOf(() => tf.zeros([2]))];
      const program = await compileStep({
        step: (x: tf.Tensor) => {
          w.assign(tf.mul(w, 3));
          other.assign(tf.add(w, x));
          return [tf.mul(x, 10), x];
        },
      });
      for (const share of [() => w, () => tf.clone(w), () => w, () => tf.clone(w)]) {
        const before = [...w.dataSync()];
        const x = share();
        const results = program.step(x) as tf.Tensor[];
        expect([...w.dataSync()]).toEqual(before.map((value) => 3 * value));
        expect([...other.dataSync()]).toEqual(before.map((value) => 4 * value));
        expect(results.map((result) => [...result.dataSync()])).toEqual([before.map((value) => 10 * value), before]);
        if (x !== w) {
          expect([...x.dataSync()]).toEqual(before);
          x.dispose();
        }
        tf.dispose(results);
      }
      program.dispose();
    }),
  );

  it(
    'may hold constants on their way',
    withVariables(async () => {
      const w = variableOf(() => tf.tensor1d([1, 2]));
      const step = (x: tf.Tensor) => {
        w.assign(tf.fill([2], 0.5));
        const first = tf.mul(w, x);
        w.assign(tf.fill([2], 4));
        const second = tf.mul(w, x);
        w.assign(tf.add(first, second));
        return [first, second];
      };
      const program = await compileStep({ step });
      const x = tf.tensor1d([2, 10]);
      for (let i = 0; i < 2; i++) {
        const results = program.step(x) as tf.Tensor[];
        expect([...results, w].map((each) => [...each.dataSync()])).toEqual([
          [1, 5],
          [8, 40],
          [9, 45],
        ]);
        tf.dispose(results);
      }
      program.dispose();
      x.dispose();
    }),
  );

  it(
    'may share what they hold before the step',
    withVariables(async () => {
      const [a, b] = [variableOf(() => tf.tensor1d([1, 2])), variableOf(() => tf.zeros([2]))];
      const program = await compileStep({
        step: (x: tf.Tensor) => {
          a.assign(tf.add(a, x));
          const sum = tf.add(a, b);
          b.assign(tf.sub(b, x));
          return sum;
        },
      });
      const x = one();
      for (let i = 0; i < 3; i++) {
        b.assign(a);
        const [before] = a.dataSync();
        const sum = program.step(x);
        expect(sum.dataSync()[0]).toBe(2 * before! + 1);
        expect([a, b].map((each) => each.dataSync()[0])).toEqual([before! + 1, before! - 1]);
        sum.dispose();
      }
      program.dispose();
      x.dispose();
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
});

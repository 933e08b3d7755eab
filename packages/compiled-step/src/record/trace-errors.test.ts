import { variableOf, withVariables } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { describeEngines } from '../__fixtures__/describe-engines.js';
import { compileStep, TraceError } from '../index.js';

/** Steps that what is compiled cannot repeat, and what the error says. */
const cases: [string, (x: tf.Tensor) => tf.Tensor, RegExp][] = [
  [
    'draws a mask in JavaScript',
    (x) => tf.mul(x, tf.randomUniform([4])),
    /^compileStep: `step` makes a constant in JavaScript that differs from call to call: input 1 of op \d+, Mul(?:tiply)?, with shape \[4\], is \[.+\], then \[.+\]\. Pass it as a scalar or in the batch, or make it with `context\.hostTensor`\.$/,
  ],
  ['drops out unseeded', (x) => tf.dropout(x, 0.5), /^compileStep: `step` makes a constant in JavaScript that differs/],
  [
    'reads a value',
    (x) => tf.mul(x, tf.sum(x).dataSync()[0]!),
    /^compileStep: `step` reads a value \(data, dataSync, array, print\) while it is recorded: the result of op 1, Sum\. Return the tensor from the step and read it there\.$/,
  ],
  ['reads its batch', (x) => tf.mul(x, x.dataSync()[0]!), /reads a value .+: the result of op 0, Mul(?:tiply)?\./],
  [
    'selects by value',
    (x) => tf.image.nonMaxSuppression(tf.reshape(x, [1, 4]) as tf.Tensor2D, tf.slice(x, [0], [1]) as tf.Tensor1D, 1),
    /^compileStep: the shape of NonMaxSuppressionV3's result depends on values \((?:op \d+, NonMaxSuppressionV3 of|in) `step`\)/,
  ],
];

describeEngines('a step that cannot be compiled', () => {
  it.each(cases)('is refused when it %s', async (_, step, message) => {
    const w = variableOf(() => tf.tensor1d([1, 2, 3, 4]));
    const program = await compileStep({
      step: (x: tf.Tensor) => {
        const y = step(tf.mul(x, w));
        w.assign(tf.zeros([4]));
        return y;
      },
    });
    const x = tf.tensor1d([1, 1, 1, 1]);
    const before = tf.memory().numTensors;
    expect(() => program.step(x)).toThrow(TraceError);
    expect(() => program.step(x)).toThrow(message);
    // Nothing happened to the variables, and nothing is left behind.
    expect([...w.dataSync()]).toEqual([1, 2, 3, 4]);
    expect(tf.memory().numTensors).toBe(before);
    program.dispose();
    tf.dispose([x, w]);
  });

  it(
    'is refused when it counts in JavaScript',
    withVariables(async () => {
      let count = 0;
      const program = await compileStep({ step: (x: tf.Tensor) => tf.mul(x, ++count) });
      const x = tf.scalar(2);
      expect(() => program.step(x)).toThrow(/input 1 of op 0, Mul(?:tiply)?, with shape \[\], is 1, then 2\./);
      program.dispose();
      x.dispose();
    }),
  );

  it.each([
    // A mask of ones and zeros is mostly the same twice: 0.75 of samples stay.
    [
      'makes a mask',
      (x) =>
        tf.mul(
          x,
          tf.tensor1d(
            tf.tidy(() =>
              tf
                .randomUniform([4])
                .dataSync()
                .map((u) => (u < 0.999 ? 1 : 0)),
            ),
          ),
        ),
    ],
    ['takes a way', (x) => (Math.random() < 0.001 ? tf.exp(x) : tf.log(x))],
    ['draws an axis', (x) => tf.sum(x, Math.floor(Math.random() * 1.001 - 1))],
  ] as [string, (x: tf.Tensor) => tf.Tensor][])(
    'is refused when it %s by chance, also where two recordings are alike',
    withVariables(async (_: string, step: (x: tf.Tensor) => tf.Tensor) => {
      const x = tf.tensor1d([1, 1, 1, 1]);
      for (let i = 0; i < 20; i++) {
        const program = await compileStep({ step });
        expect(() => program.step(x)).toThrow(TraceError);
        expect(() => program.step(x)).toThrow(
          /draws from Math\.random while it is recorded|differs from call to call|takes another way/,
        );
        program.dispose();
      }
      x.dispose();
    }),
  );

  it(
    'is refused when it takes another way every time',
    withVariables(async () => {
      let isOdd = false;
      const program = await compileStep({
        step: (x: tf.Tensor) => {
          isOdd = !isOdd;
          return isOdd ? tf.exp(x) : tf.log(x);
        },
      });
      const x = tf.scalar(2);
      expect(() => program.step(x)).toThrow(/takes another way at every call: op 0 is Exp\(.*\), then Log\(.*\)/);
      program.dispose();
      x.dispose();
    }),
  );

  it(
    'is refused when its host tensors do not depend on the scalars alone',
    withVariables(async () => {
      const program = await compileStep({
        step: (x: tf.Tensor, _, { hostTensor }) =>
          tf.mul(
            x,
            hostTensor([], () => Float32Array.of(Math.random())),
          ),
      });
      const x = tf.scalar(2);
      expect(() => program.step(x)).toThrow('gave other values for the same scalars');
      program.dispose();
      x.dispose();
    }),
  );

  it(
    'says which variable is not in `state`',
    withVariables(async () => {
      const [w, other] = [variableOf(() => tf.scalar(1)), variableOf(() => tf.scalar(1), 'the_other')];
      const program = await compileStep({
        state: [w],
        step: (x: tf.Tensor) => {
          other.assign(tf.add(x, w));
          return x;
        },
      });
      const x = tf.scalar(2);
      expect(() => program.step(x)).toThrow(
        'compileStep: `step` assigns the variable the_other, which is not in `state`. Add it there, or leave `state` out.',
      );
      program.dispose();
      x.dispose();
    }),
  );

  it(
    'does not let symbols out',
    withVariables(async () => {
      const kept: tf.Tensor[] = [];
      const program = await compileStep({
        step: (x: tf.Tensor) => {
          kept.push(tf.keep(tf.exp(x)));
          return tf.clone(kept.at(-1)!);
        },
      });
      const x = tf.scalar(0);
      program.step(x).dispose();
      expect(() => tf.tidy(() => tf.add(kept[0]!, 1))).toThrow('made while a step was recorded is used outside of it');
      program.dispose();
      tf.dispose([x, kept]);
    }),
  );
});

import { expectTensorClose, goldenValues } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { describeEngines } from '../__fixtures__/describe-engines.js';
import { compileStep } from '../index.js';

const golden = (name: string, shape: number[]) =>
  tf.tidy(() => tf.tensor(goldenValues(name, tf.util.sizeFromShape(shape)), shape));

describeEngines('a product of matrices', (engine) => {
  it.each<[number[], number[], boolean, boolean]>([
    [[5, 7], [7, 3], false, false],
    [[7, 5], [7, 3], true, false],
    [[5, 7], [3, 7], false, true],
    [[7, 5], [3, 7], true, true],
    [[2, 7, 5], [2, 3, 7], true, true],
    [[2, 7, 5], [7, 3], true, false],
    [[70, 64], [64, 96], false, false],
  ])('of %j and %j, transposed %s and %s', async (left, right, transposeA, transposeB) => {
    const batch = { a: golden('a', left), b: golden('b', right) };
    const step = ({ a, b }: typeof batch) => tf.tanh(tf.matMul(a, b, transposeA, transposeB));
    const eager = tf.tidy(() => step(batch));
    const program = await compileStep({ step });
    const compiled = program.step(batch);
    expect(program.isCompiled).toBe(true);
    expectTensorClose(compiled, eager, { relative: 1e-6, absolute: 1e-6 });
    program.dispose();
    tf.dispose([batch, eager, compiled]);
  });

  // tfjs has none on wasm.
  if (engine === 'wasm') return;
  it('of whole numbers', async () => {
    const a = tf.tensor2d([1, 2, 3, 4], [2, 2], 'int32');
    const program = await compileStep({ step: (a: tf.Tensor2D) => tf.matMul(a, a, false, true) });
    const product = tf.tidy(() => [...program.step(a).dataSync()]);
    // Rows (1, 2) and (3, 4): 1 + 4, 3 + 8, 9 + 16.
    expect(product).toEqual([5, 11, 11, 25]);
    program.dispose();
    a.dispose();
  });
});

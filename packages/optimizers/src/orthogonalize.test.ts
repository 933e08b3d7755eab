import { expectTensorClose, goldenValues } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { NEWTON_SCHULZ, newtonSchulzSteps } from './newton-schulz-coefficients.js';
import { orthogonalize } from './orthogonalize.js';

const golden = (name: string, shape: number[]) => tf.tensor(goldenValues(name, tf.util.sizeFromShape(shape)), shape);
const converging = newtonSchulzSteps('polarExpress', 12);

describe('orthogonalize', () => {
  it('puts singular values, over their norm, into the quintic', () => {
    tf.tidy(() => {
      const [[a, b, c]] = NEWTON_SCHULZ.original;
      const next = (x: number) => a * x + b * x ** 3 + c * x ** 5;
      const diagonal = tf.tensor2d([3, 0, 0, 4], [2, 2]);
      expectTensorClose(orthogonalize(diagonal, [[a, b, c]]), [next(0.6), 0, 0, next(0.8)]);
      expectTensorClose(orthogonalize(diagonal, newtonSchulzSteps('original', 2)), [
        next(next(0.6)),
        0,
        0,
        next(next(0.8)),
      ]);
    });
  });

  it.each([[[7, 3]], [[3, 7]], [[4, 4]], [[5, 6, 2]], [[5, 2, 6]]])(
    'makes the smaller side of %j orthonormal',
    (shape) => {
      tf.tidy(() => {
        const x = orthogonalize(golden('matrix', shape), converging);
        const [rows, columns] = shape.slice(-2) as [number, number];
        const gram = tf.matMul(x, x, rows > columns, rows <= columns);
        const identity = tf.add(tf.zerosLike(gram), tf.eye(Math.min(rows, columns)));
        expectTensorClose(gram, identity, { absolute: 1e-4 });
      });
    },
  );

  it('of what is transposed is the transposed', () => {
    tf.tidy(() => {
      const x = golden('matrix', [7, 3]);
      expectTensorClose(
        orthogonalize(tf.transpose(x), NEWTON_SCHULZ.quintic),
        tf.transpose(orthogonalize(x, NEWTON_SCHULZ.quintic)),
      );
    });
  });

  it('does not see how large a matrix is, and leaves one of zeros', () => {
    tf.tidy(() => {
      const x = golden('matrix', [2, 3, 4]);
      const [first, second] = tf.split(x, 2);
      const scaled = tf.concat([tf.mul(first!, 1e-5), tf.mul(second!, 1e5)]);
      expectTensorClose(orthogonalize(scaled, converging), orthogonalize(x, converging), { absolute: 1e-4 });
      expect([...orthogonalize(tf.zeros([2, 2]), converging).dataSync()]).toEqual([0, 0, 0, 0]);
    });
  });
});

describe('newtonSchulzSteps', () => {
  // The range that the singular values of random matrices have, over their norm: those above a hundredth.
  it.each([
    ['original', 0.65, 1.25],
    ['quintic', 0.7, 1.3],
    ['polarExpress', 0.85, 1.15],
  ] as const)('%s brings singular values near to 1 in five', (name, low, high) => {
    const values = Array.from({ length: 100 }, (_, i) => (i + 1) / 100).map((value) =>
      newtonSchulzSteps(name, 5).reduce((x, [a, b, c]) => a * x + b * x ** 3 + c * x ** 5, value),
    );
    expect(Math.min(...values)).toBeGreaterThan(low);
    expect(Math.max(...values)).toBeLessThan(high);
  });

  it('repeats the last of a list', () => {
    expect(newtonSchulzSteps('polarExpress', 10).slice(7)).toEqual(Array(3).fill([1.875, -1.25, 0.375]));
    expect(newtonSchulzSteps('quintic', 2)).toEqual(NEWTON_SCHULZ.quintic.slice(0, 2));
  });
});

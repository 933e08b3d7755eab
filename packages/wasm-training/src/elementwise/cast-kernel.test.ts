import * as tf from '@tensorflow/tfjs';
import { afterAll, describe, expect, it } from 'vitest';
import '../index.js';
import { runOnThreads } from '../__fixtures__/both-backends.js';

afterAll(async () => {
  await tf.setBackend('cpu');
});

/** 37 numbers: not a multiple of 4 or 16; beyond int32, not finite and of both signs among them. */
const FLOATS = Float32Array.from({ length: 37 }, (_, i) =>
  i % 9 === 4 ? [NaN, Infinity, -Infinity, 3e9, -5e18, 2 ** 33 + 4096, 1e30][i % 7]! : (i - 18) * 1.37,
);
const WHOLE = Int32Array.from({ length: 37 }, (_, i) => (i % 5 === 0 ? 0 : (i - 18) * 70_001));
const FLAGS = Uint8Array.from({ length: 37 }, (_, i) => Number(i % 3 === 0));

describe('Cast', () => {
  const inputs = {
    float32: { values: FLOATS },
    int32: { values: WHOLE, dtype: 'int32' as const },
    bool: { values: FLAGS, dtype: 'bool' as const },
  };
  const makers = {
    float32: (x: ArrayLike<number>) => Float32Array.from(x),
    int32: (x: ArrayLike<number>) => Int32Array.from(x),
    bool: (x: ArrayLike<number>) => Uint8Array.from(x, (each) => Number(each !== 0)),
  };
  for (const [from, input] of Object.entries(inputs)) {
    for (const [to, make] of Object.entries(makers)) {
      it(`converts ${from} to ${to} as JavaScript does`, async () => {
        for (const count of [1, 3, 4, 15, 16, 17, 37]) {
          const values = input.values.slice(0, count);
          const [y] = await runOnThreads([{ ...input, values }], (x) => tf.cast(x!, to as 'float32'));
          expect(y!.values).toEqual(make(values));
        }
      });
    }
  }

  it('takes more numbers than a unit of work', async () => {
    const values = Float32Array.from({ length: 10_001 }, (_, i) => (i % 7) - 3);
    const results = await runOnThreads([{ values }], (x) => [
      tf.cast(x!, 'int32'),
      tf.cast(tf.cast(x!, 'bool'), 'float32'),
    ]);
    expect(results[0]!.values).toEqual(Int32Array.from(values));
    expect(results[1]!.values).toEqual(values.map((each) => Number(each !== 0)));
  });
});

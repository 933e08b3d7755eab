import { useBackend } from '@nfnets/backends';
import { variableOf, withVariables } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileStep, TraceError } from '../index.js';

beforeAll(async () => {
  await useBackend('wasm', { threads: 1 });
});

afterAll(async () => {
  await tf.setBackend('cpu');
});

describe('a step on the wasm backend', () => {
  it(
    'is compiled, and gives other inputs other results',
    withVariables(async () => {
      const w = variableOf(() => tf.tensor1d([1, 2, 3]));
      const program = await compileStep({
        step: ({ x }: { x: tf.Tensor }, { rate }) => {
          w.assign(tf.add(w, tf.mul(x, rate!)));
          return { sum: tf.sum(w), first: tf.slice(w, [0], [1]) };
        },
      });
      expect(program.isCompiled).toBe(true);
      for (const [factor, rate] of [
        [1, 2],
        [10, 0.5],
      ] as const) {
        const before = [...w.dataSync()];
        const x = tf.tensor1d([factor, 2 * factor, 3 * factor]);
        const { sum, first } = program.step({ x }, { rate });
        const expected = before.map((value, i) => value + factor * (i + 1) * rate);
        expect([...w.dataSync()]).toEqual(expected);
        expect(sum.dataSync()[0]).toBe(expected.reduce((a, b) => a + b, 0));
        expect([...first.dataSync()]).toEqual([expected[0]]);
        tf.dispose([x, sum, first]);
      }
      program.dispose();
    }),
  );

  it(
    'exchanges variables, and assigns them constants and inputs',
    withVariables(async () => {
      const [a, b, c, d] = [1, 2, 3, 4].map((value) => variableOf(() => tf.fill([5], value)));
      const program = await compileStep({
        step: (x: tf.Tensor) => {
          const kept = tf.clone(a!);
          a!.assign(tf.clone(b!));
          b!.assign(kept);
          c!.assign(tf.clone(x));
          d!.assign(tf.fill([5], 7));
          return [tf.clone(a!), kept, x];
        },
      });
      for (let i = 0; i < 3; i++) {
        const x = tf.fill([5], 10 + i);
        const results = program.step(x) as tf.Tensor[];
        const [first, second] = i % 2 === 0 ? [2, 1] : [1, 2];
        expect([a, b, c, d].map((each) => each!.dataSync()[4])).toEqual([first, second, 10 + i, 7]);
        expect(results.map((each) => each.dataSync()[0])).toEqual([first, second, 10 + i]);
        tf.dispose([x, ...results]);
      }
      program.dispose();
    }),
  );

  it(
    "calls tfjs's own kernels between its parts",
    withVariables(async () => {
      const w = variableOf(() => tf.randomUniform([4, 6], -1, 1, 'float32', 1));
      const step = (x: tf.Tensor) => {
        const order = tf.topk(tf.mul(x, w), 3);
        w.assign(tf.add(w, 0.25));
        return [order.values, order.indices, tf.sum(tf.atan(w))];
      };
      const program = await compileStep({ step });
      expect(program.eagerKernels).toEqual({});
      for (let i = 0; i < 3; i++) {
        const x = tf.randomUniform([4, 6], -1, 1, 'float32', 2 + i);
        const before = tf.tensor(w.dataSync(), w.shape);
        const results = program.step(x) as tf.Tensor[];
        const after = [...w.dataSync()];
        w.assign(before);
        const expected = tf.tidy(() => step(x));
        for (const [j, result] of results.entries()) {
          expect(result.dtype).toBe(expected[j]!.dtype);
          expect([...result.dataSync()]).toEqual([...expected[j]!.dataSync()]);
        }
        expect([...w.dataSync()]).toEqual(after);
        tf.dispose([x, before, results, expected]);
      }
      expect(program.eagerKernels).toEqual({ TopK: 1, Atan: 1 });
      program.dispose();
    }),
  );

  it(
    "shows tfjs's own kernels the weights of now, of which they keep copies",
    withVariables(async () => {
      const w = variableOf(() => tf.ones([3, 2]));
      const slope = variableOf(() => tf.ones([1]));
      const program = await compileStep({
        step: () => {
          w.assign(tf.add(w, 1));
          slope.assign(tf.add(slope, 1));
          return tf.sum(w);
        },
      });
      const [x, bias] = [tf.ones([1, 3]), tf.zeros([2])];
      const look = () =>
        tf.tidy(() => [
          tf.fused.matMul({ a: x as tf.Tensor2D, b: w as unknown as tf.Tensor2D, bias }).dataSync()[0],
          tf.prelu(tf.neg(x), slope).dataSync()[0],
        ]);
      expect(look()).toEqual([3, -1]);
      for (let i = 2; i < 6; i++) {
        program.step().dispose();
        expect(look()).toEqual([3 * i, -i]);
      }
      program.dispose();
      tf.dispose([x, bias]);
    }),
  );

  it(
    'takes kernels of lists, as AddN is',
    withVariables(async () => {
      const w = variableOf(() => tf.tensor1d([1, 2]));
      const program = await compileStep({ step: (x: tf.Tensor) => tf.addN([x, w, x]) });
      for (const value of [1, 2]) {
        const x = tf.fill([2], value);
        const result = program.step(x);
        expect([...result.dataSync()]).toEqual([1 + 2 * value, 2 + 2 * value]);
        tf.dispose([x, result]);
      }
      program.dispose();
    }),
  );

  it.each<[string, (words: tf.Tensor) => tf.Tensor]>([
    ['returns', (words) => words],
    ['reshapes', (words) => tf.reshape(words, [2, 1])],
    ['compares', (words) => tf.equal(words, tf.tensor1d(['a', 'b']))],
  ])('is refused where it %s texts', async (_, step) => {
    const program = await compileStep({ step });
    const words = tf.tensor1d(['a', 'bc'], 'string');
    const before = tf.memory().numTensors;
    expect(() => program.step(words)).toThrow(TraceError);
    expect(() => program.step(words)).toThrow(
      'compileStep: `step` works on a tensor of type string, and on this backend steps are compiled for float32, int32 and bool. Do it outside of the step.',
    );
    expect(tf.memory().numTensors).toBe(before);
    program.dispose();
    words.dispose();
  });

  it(
    'holds no more memory after a thousand runs, and none when it is disposed',
    withVariables(async () => {
      const backend = tf.backend() as unknown as { numDataIds(): number; wasm: { HEAPU8: Uint8Array } };
      const w = variableOf(() => tf.ones([64, 64]));
      const before = backend.numDataIds();
      const program = await compileStep({
        step: (x: tf.Tensor) => {
          const y = tf.matMul(x as tf.Tensor2D, w as unknown as tf.Tensor2D);
          w.assign(tf.sub(w, tf.mul(tf.matMul(x as tf.Tensor2D, y, true), 1e-6)) as tf.Tensor2D);
          return tf.mean(y);
        },
      });
      const x = tf.randomUniform([64, 64], 0, 1, 'float32', 3);
      program.step(x).dispose();
      const [ids, bytes, tensors] = [backend.numDataIds(), backend.wasm.HEAPU8.length, tf.memory().numTensors];
      for (let i = 0; i < 1000; i++) program.step(x).dispose();
      expect(backend.numDataIds()).toBe(ids);
      expect(backend.wasm.HEAPU8.length).toBe(bytes);
      expect(tf.memory().numTensors).toBe(tensors);
      program.dispose();
      x.dispose();
      expect(backend.numDataIds()).toBe(before);
    }),
  );

  it(
    'runs as before when there was no memory for another',
    withVariables(async () => {
      const w = variableOf(() => tf.ones([1]));
      const large = (x: tf.Tensor) => tf.sum(tf.exp(tf.exp(tf.tile(tf.mul(x, w), [2 ** 30 - 64]))));
      const [program, refused] = [await compileStep({ step: chainOf(w) }), await compileStep({ step: large })];
      const x = tf.linspace(-1, 1, 1000);
      const first = program.step(x);
      const expected = [...first.dataSync()];
      const one = tf.ones([1]);
      expect(() => refused.step(one)).toThrow('of WebAssembly memory');
      const others = Array.from({ length: 10 }, () => tf.fill([1000], 7));
      const again = program.step(x);
      expect([...again.dataSync()]).toEqual(expected);
      for (const other of others) expect([...other.dataSync()]).toEqual(Array(1000).fill(7));
      program.dispose();
      refused.dispose();
      tf.dispose([x, first, one, again, ...others]);
    }),
  );

  it(
    'says how much memory is missing',
    withVariables(async () => {
      const w = variableOf(() => tf.ones([1]));
      const program = await compileStep({
        step: (x: tf.Tensor) => tf.sum(tf.exp(tf.exp(tf.tile(tf.mul(x, w), [2 ** 30 - 64])))),
      });
      const x = tf.ones([1]);
      expect(() => program.step(x)).toThrow(
        /a compiled step needs [\d,]+ MB of WebAssembly memory in one piece, .+ Take a smaller batch/,
      );
      expect(tf.tidy(() => tf.sum(x).dataSync()[0])).toBe(1);
      program.dispose();
      x.dispose();
    }),
  );
});

/** A step that needs memory on its way. */
const chainOf = (w: tf.Variable) => (x: tf.Tensor) => {
  const [y, z] = [tf.cumsum(tf.mul(x, w)), tf.exp(x)];
  return tf.add(tf.mul(tf.sum(y), z), tf.mul(tf.reverse(z), tf.tanh(y)));
};

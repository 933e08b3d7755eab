import { useBackend } from '@nfnets/backends';
import { variableOf } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { missing } from './__fixtures__/native.js';
import { compileStep, type StepFunctions } from './index.js';

const engines = [
  ['cpu', undefined],
  ['wasm', undefined],
  ['tensorflow', missing],
] as const;

/** What holds on every engine: the interface, and the numbers. */
describe.each(engines)('compileStep on %s', (backend, missing) => {
  beforeAll(async () => {
    if (backend === 'wasm') await useBackend('wasm', { threads: 1 });
    else if (missing === undefined) await tf.setBackend(backend);
  });
  const on = it.skipIf(missing !== undefined);
  const note = missing === undefined ? '' : ` (${missing})`;

  on(`runs steps over shared variables${note}`, async () => {
    const w = variableOf(() => tf.tensor1d([1, 2]));
    const program = await compileStep({
      train: ({ x }: { x: tf.Tensor }, { rate }) => {
        const loss = tf.sum(tf.mul(w, x));
        w.assign(tf.sub(w, tf.mul(x, rate!)));
        return { loss };
      },
      evaluate: (x: tf.Tensor) => [tf.mul(w, x), tf.add(w, x)],
    });
    expect(program.isCompiled).toBe(backend !== 'cpu');
    const x = tf.tensor1d([3, 4]);
    const { loss } = program.train({ x }, { rate: 0.5 });
    expect(loss.dataSync()[0]).toBe(11);
    // [1, 2] - 0.5 * [3, 4]
    expect([...w.dataSync()]).toEqual([-0.5, 0]);
    const [product, sum] = program.evaluate(x) as [tf.Tensor, tf.Tensor];
    expect([...product.dataSync()]).toEqual([-1.5, 0]);
    expect([...sum.dataSync()]).toEqual([2.5, 4]);
    const again = program.train({ x }, { rate: 0.25 });
    expect(again.loss.dataSync()[0]).toBe(-1.5);
    expect([...w.dataSync()]).toEqual([-1.25, -1]);
    program.dispose();
    expect([...w.dataSync()]).toEqual([-1.25, -1]);
    tf.dispose([w, x, loss, product, sum, again.loss]);
  });

  on(`reads and writes variables by name${note}`, async () => {
    const w = variableOf(() => tf.tensor2d([[1, 2]]), `named_${backend}`);
    const program = await compileStep({
      state: [w],
      double: (x: tf.Tensor) => {
        w.assign(tf.mul(w, 2));
        return x;
      },
    });
    const x = tf.scalar(0);
    program.double(x).dispose();
    const before = program.read();
    program.write({ [w.name]: Float32Array.of(5, 6) });
    expect([...w.dataSync()]).toEqual([5, 6]);
    program.double(x).dispose();
    expect([...w.dataSync()]).toEqual([10, 12]);
    // What was read is a snapshot.
    expect([...before[w.name]!.dataSync()]).toEqual([2, 4]);
    program.write(before);
    program.double(x).dispose();
    expect([...w.dataSync()]).toEqual([4, 8]);
    expect(() => program.write({ other: Float32Array.of(1) })).toThrow(
      `compileStep: write() got a value for \`other\`, which is no variable of the program. It has: named_${backend}.`,
    );
    expect(() => program.write({ [w.name]: Float32Array.of(1) })).toThrow(
      `compileStep: write() must get 2 values of shape [1,2] for \`named_${backend}\`, got shape [1].`,
    );
    program.dispose();
    tf.dispose([w, x, before]);
  });

  on(`computes host tensors anew at every call${note}`, async () => {
    const program = await compileStep({
      scale: (x: tf.Tensor, _scalars, { hostTensor }) =>
        tf.mul(
          x,
          hostTensor([2], ({ seed }) => Float32Array.of(seed!, seed! * 10)),
        ),
    });
    const x = tf.tensor1d([1, 2]);
    for (const seed of [3, 4, 3]) {
      const y = program.scale(x, { seed });
      expect([...y.dataSync()]).toEqual([seed, 20 * seed]);
      y.dispose();
    }
    program.dispose();
    x.dispose();
  });

  on(`calls a step without a batch as it is declared, and refuses scalars that are none${note}`, async () => {
    const w = variableOf(() => tf.scalar(3));
    const program = await compileStep({
      double: () => {
        w.assign(tf.mul(w, 2));
        return { w };
      },
      scale: (_: object, { by }) => tf.mul(w, by!),
      take: (x: tf.Tensor) => x,
    });
    const [first, second] = [program.double(), program.double({})];
    expect([first, second].map((made) => made.w.dataSync()[0])).toEqual([6, 12]);
    const scaled = program.scale({}, { by: 0.5 });
    expect(scaled.dataSync()[0]).toBe(6);
    expect(() => program.take(undefined as never)).toThrow(
      'compileStep: the batch of `take` must be made of tensors, in objects or arrays; got undefined.',
    );
    expect(() => program.scale({}, 0.1 as never)).toThrow(
      'compileStep: the scalars of `scale` must be numbers by name, such as { rate: 0.1 }, got 0.1.',
    );
    program.dispose();
    tf.dispose([w, first, second, scaled]);
  });

  on(`refuses what is no step, and what is no tensor${note}`, async () => {
    await expect(compileStep({})).rejects.toThrow('compileStep: at least one step function is needed');
    await expect(compileStep({ read: () => tf.scalar(0) })).rejects.toThrow(
      'compileStep: a step must not be named `read`: the program has a member of that name.',
    );
    await expect(compileStep({ train: 3 } as unknown as StepFunctions)).rejects.toThrow(
      'compileStep: `train` must be a function (batch, scalars) => tensors, got number.',
    );
    await expect(compileStep({ f: (x: tf.Tensor) => x }, { maxTraces: 0 })).rejects.toThrow(
      'compileStep: `maxTraces` must be a whole number of at least 1, got 0.',
    );
    for (const steps of [undefined, 3, null] as unknown as StepFunctions[]) {
      await expect(compileStep(steps)).rejects.toThrow('compileStep: the steps must be functions by name');
    }
    const f = (x: tf.Tensor) => x;
    await expect(compileStep({ f }, { maxTrace: 2 } as never)).rejects.toThrow(/`maxTrace`.*`maxTraces`/);
    await expect(compileStep({ f }, { watch: 3 } as never)).rejects.toThrow(
      'compileStep: `watch` must be an array of objects, got 3.',
    );
    await expect(compileStep({ f, state: 3 } as never)).rejects.toThrow(
      'compileStep: `state` must be an array of variables, got 3.',
    );
    const program = await compileStep({ f: (x: tf.Tensor) => ({ x, n: 3 as unknown as tf.Tensor }) });
    const x = tf.scalar(1);
    expect(() => program.f(x)).toThrow(
      'compileStep: what `f` returns must be made of tensors, in objects or arrays; got number 3 at n.',
    );
    expect(() => program.f({ x: 1 } as unknown as tf.Tensor)).toThrow(
      'compileStep: the batch of `f` must be made of tensors, in objects or arrays; got number 1 at x.',
    );
    expect(() => program.f(x, { rate: '1' as unknown as number })).toThrow(
      'compileStep: the scalar `rate` of `f` must be a number, got string.',
    );
    program.dispose();
    expect(() => program.f(x)).toThrow('compileStep: the program was disposed.');
    x.dispose();
  });
});

import { expectTensorClose, variableOf, withVariables } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { afterEach, describe, expect, it } from 'vitest';
import { missing } from '../__fixtures__/native.js';
import { compileStep } from '../index.js';
import type { Constant, RecordedOp, Source, Trace } from '../trace/trace.js';
import { momentumUpdates } from './momentum-updates.js';

const op = (index: number): Source => ({ kind: 'op', op: index, output: 0 });
const constant = (shape: number[]): Source => ({ kind: 'constant', constant: { shape, dtype: 1 } as Constant });
const [rate, momentum] = [constant([]), constant([])];
const input = (index: number): Source => ({ kind: 'input', index });

afterEach(() => tf.disposeVariables());

/** A step with a variable, its velocity and two inputs like them, as `ops` say. */
function traceOf(
  ops: (variable: Source, velocity: Source) => readonly (readonly [string, ...Source[]])[],
  results: readonly [variable: number, velocity: number],
): Trace {
  const [variable, velocity] = [variableOf(() => tf.zeros([2, 3])), variableOf(() => tf.zeros([2, 3]))];
  const named = ops({ kind: 'variable', variable }, { kind: 'variable', variable: velocity });
  const inputs = [0, 1].map(() => ({ shape: [2, 3], dtype: 1, from: { kind: 'batch', path: '' } as const }));
  return {
    step: 'train',
    inputs,
    ops: named.map(
      ([name, ...inputs]): RecordedOp => ({ name, attributes: [], inputs, outputs: [{ shape: [2, 3], dtype: 1 }] }),
    ),
    outputs: [],
    variables: [variable, velocity],
    assignments: new Map([
      [variable, op(results[0])],
      [velocity, op(results[1])],
    ]),
    result: undefined,
  };
}

describe('momentumUpdates', () => {
  it('finds momentum, plain and looking ahead, whichever way it is written', () => {
    const plain = traceOf(
      (p, v) => [
        ['Mul', v, momentum],
        ['Add', op(0), input(0)],
        ['Mul', rate, op(1)],
        ['Sub', p, op(2)],
      ],
      [3, 1],
    );
    expect(momentumUpdates(plain)).toMatchObject([{ gradient: input(0), rate, isAdded: false, nesterov: false }]);
    const nesterov = traceOf(
      (p, v) => [
        ['Mul', momentum, v],
        ['Add', op(0), input(0)],
        ['Mul', op(1), momentum],
        ['Add', op(2), input(0)],
        ['Mul', rate, op(3)],
        ['Add', op(4), p],
      ],
      [5, 1],
    );
    expect(momentumUpdates(nesterov)).toMatchObject([{ gradient: input(0), momentum, isAdded: true, nesterov: true }]);
  });

  it.each<[string, Source, Source, Source]>([
    ['another gradient', input(1), momentum, rate],
    ['another momentum', input(0), constant([]), rate],
    ['a rate for each weight', input(0), momentum, constant([2, 3])],
  ])('leaves alone what looks ahead with %s', (_, gradient, ahead, factor) => {
    const trace = traceOf(
      (p, v) => [
        ['Mul', v, momentum],
        ['Add', op(0), input(0)],
        ['Mul', op(1), ahead],
        ['Add', gradient, op(2)],
        ['Mul', factor, op(3)],
        ['Sub', p, op(4)],
      ],
      [5, 1],
    );
    expect(momentumUpdates(trace)).toEqual([]);
  });

  it('leaves alone a move away from the difference, or of a velocity that is not kept', () => {
    const reversed = traceOf(
      (p, v) => [
        ['Mul', v, momentum],
        ['Add', op(0), input(0)],
        ['Mul', rate, op(1)],
        ['Sub', op(2), p],
      ],
      [3, 1],
    );
    const forgotten = traceOf(
      (p, v) => [
        ['Mul', v, momentum],
        ['Add', op(0), input(0)],
        ['Mul', rate, op(1)],
        ['Sub', p, op(2)],
      ],
      [3, 0],
    );
    expect([momentumUpdates(reversed), momentumUpdates(forgotten)]).toEqual([[], []]);
  });
});

describe.skipIf(missing !== undefined)(`in a graph${missing ? ` (${missing})` : ''}`, () => {
  it(
    'gives others the old weights and the new ones',
    withVariables(async () => {
      const run = async (eager: boolean) => {
        const [p, average, sum] = [
          [1, 2],
          [0, 0],
          [0, 0],
        ].map((values) => variableOf(() => tf.tensor1d(values)));
        const optimizer = tf.train.momentum(0.1, 0.9, true);
        const program = await compileStep(
          {
            train: (g: tf.Tensor) => {
              const [before, old] = [tf.mul(p!, 10), tf.clone(p!)];
              optimizer.applyGradients({ [p!.name]: tf.mul(g, p!) });
              average!.assign(tf.add(tf.mul(average!, 0.5), tf.mul(p!, 0.5)));
              sum!.assign(p!);
              return { seen: tf.stack([before, tf.mul(p!, 1)]), old };
            },
          },
          { eager },
        );
        const results = [1, -2, 3].flatMap((g) =>
          tf.tidy(() => {
            const { seen, old } = program.train(tf.tensor1d([g, 2 * g]));
            return [...seen.dataSync(), ...old.dataSync()];
          }),
        );
        // A value that someone holds does not change under them.
        const held = tf.clone(p!);
        const values = [...held.dataSync()];
        tf.tidy(() => void program.train(tf.tensor1d([5, 5])));
        expect([...held.dataSync()]).toEqual(values);
        program.dispose();
        optimizer.dispose();
        // tf's momentum forgets the scalar that holds its learning rate.
        tf.dispose([held, (optimizer as unknown as { c: tf.Scalar }).c]);
        return [results, ...[p!, average!, sum!].map((variable) => [...variable.dataSync()])].flat();
      };
      expectTensorClose(await run(false), await run(true), { absolute: 1e-6 });
    }),
  );
});

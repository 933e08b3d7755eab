import { goldenValues } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import { VARIANTS } from './__fixtures__/optimizers.js';

afterEach(() => {
  tf.disposeVariables();
  tf.env().set('IS_STEP_RECORDED', false);
});
tf.env().registerFlag('IS_STEP_RECORDED', () => false);

const SHAPES = [[3], [2, 2], [], [5], [], [3], [4], [1, 3]];

const variables = (set: string) =>
  SHAPES.map((shape, i) =>
    tf.tidy(() => tf.variable(tf.tensor(goldenValues(`w${i}`, size(shape)), shape), true, `layer${i}/${set}`)),
  );
const size = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

type Values = readonly (readonly number[] | null)[];
type Args = Parameters<(typeof VARIANTS)['adamW']>[0];
type Make = (args: Args) => ReturnType<(typeof VARIANTS)[keyof typeof VARIANTS]>;

/** Makes steps, each of the gradients of some variables, in the order that is given; gives all weights, then all slots. */
async function train(make: Make, set: string, steps: readonly Values[], order: readonly number[]) {
  const weights = variables(set);
  const optimizer = make({ learningRate: 0.5, rateFactors: { layer3: 0, layer5: 0.25 } });
  for (const gradients of steps) {
    tf.tidy(() =>
      optimizer.applyGradients(
        order.map((i) => ({
          name: weights[i]!.name,
          tensor: (gradients[i] ? tf.tensor([...gradients[i]], SHAPES[i]) : null) as tf.Tensor,
        })),
      ),
    );
  }
  const slots = (await optimizer.getWeights()).slice(1);
  const names = slots.map(({ name }) => name.replace(set, ''));
  const result = {
    names,
    values: [...weights, ...slots.map(({ tensor }) => tensor)].map((each) => [...each.dataSync()]),
  };
  optimizer.dispose();
  return result;
}

const gradients = (step: number): Values =>
  SHAPES.map((shape, i) => [...goldenValues(`g${i} of ${step}`, size(shape))]);

const cautious = Object.entries(VARIANTS).map(([name, make]): [string, Make] => [
  `${name}, cautious`,
  (args) => make({ ...args, cautious: true }),
]);

describe.each([...Object.entries(VARIANTS), ...cautious])('vectors in one update of %s', (_, make) => {
  const both = async (steps: readonly Values[], order: readonly number[]) => {
    const together = await train(make, 'together', steps, order);
    tf.env().set('IS_STEP_RECORDED', true);
    const apart = await train(make, 'apart', steps, order);
    return { together, apart };
  };
  const inOrder = SHAPES.map((_, i) => i);

  it('move by every bit as one by one', async () => {
    const { together, apart } = await both([gradients(0), gradients(1), gradients(2)], inOrder);
    expect(together).toEqual(apart);
    expect(together.values.flat().every(Number.isFinite)).toBe(true);
  });

  it('move so in another order, without some gradients, and with zeros and NaN', async () => {
    const some = gradients(1).map((values, i) => (i === 0 || i === 4 ? null : values));
    const odd = gradients(2).map((values, i) => (i === 6 ? [0, Number.NaN, 1, 0] : i === 5 ? [0, 0, 0] : values));
    const { together, apart } = await both([gradients(0), some, odd, gradients(3)], [6, 2, 0, 1, 7, 4, 3, 5]);
    expect(together).toEqual(apart);
    expect(together.values.slice(0, SHAPES.length).filter((values) => values.some(Number.isNaN))).toHaveLength(1);
  });
});

it('moves a variable that is listed twice twice', () => {
  const [once, twice] = [0, 1].map(() => tf.tidy(() => tf.variable(tf.tensor1d([1, 2]))));
  const listed = { sgd: VARIANTS.sgd({ learningRate: 0.5 }), other: VARIANTS.sgd({ learningRate: 0.5 }) };
  const move = (optimizer: tf.Optimizer, list: readonly (tf.Variable | undefined)[]) =>
    tf.tidy(() => optimizer.applyGradients(list.map((each) => ({ name: each!.name, tensor: tf.tensor1d([1, -1]) }))));
  move(listed.sgd, [twice, twice]);
  move(listed.other, [once]);
  move(listed.other, [once]);
  expect([...twice!.dataSync()]).toEqual([...once!.dataSync()]);
  for (const optimizer of Object.values(listed)) optimizer.dispose();
});

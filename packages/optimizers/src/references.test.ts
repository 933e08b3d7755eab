import { readFileSync } from 'node:fs';
import { useBackend } from '@nfnets/backends';
import { compileStep } from '@nfnets/compiled-step';
import { expectTensorClose, goldenValues } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { FACTORIES } from './__fixtures__/optimizers.js';

/*
 * 20 steps by the optimizers of torch and timm (tools/reference/optimizers.py) and of optax (optax_runs.py) in float64, and by the Muon of
 * all three (muon_runs.py), with a rate that falls and gradients that depend on the weights.
 */
type Shapes = Readonly<Record<string, number[]>>;
interface Case {
  readonly args: { readonly learningRate: number };
  readonly shapes?: Shapes;
  /** Where the rate does not fall: optax's LARS keeps it in the velocity. */
  readonly rate?: 'constant';
  readonly states: Readonly<Record<string, Readonly<Record<string, number[]>>>>;
}
const fixture = <T>(file: string): T =>
  JSON.parse(readFileSync(new URL(`./__fixtures__/${file}`, import.meta.url), 'utf8')) as T;
const casesOf = (file: string) => Object.entries(fixture<Record<string, Case>>(file));
const muon = fixture<{ shapes: Shapes; cases: Record<string, Case> }>('muon.json');
const cases = [
  ...casesOf('references.json'),
  ...casesOf('optax.json').map(([name, each]): [string, Case] => [`${name} (optax)`, each]),
  ...Object.entries(muon.cases).map(([name, each]): [string, Case] => [
    `muon (${name})`,
    { ...each, shapes: muon.shapes },
  ]),
];

const SHAPES: Shapes = { kernel: [3, 4], bias: [4], gain: [] };
/** Makes names of variables that were not there before, as tf does for a second model: `head/kernel_1`. */
let made = 0;
const golden = (name: string, shape: number[]) =>
  tf.tensor(goldenValues(name, tf.util.sizeFromShape(shape)), shape, 'float32');

/** The weights after each of 20 steps. */
async function run(
  name: string,
  { args, rate, shapes = SHAPES }: Case,
  options: { eager: boolean },
): Promise<Record<string, number[]>[]> {
  const make = FACTORIES[/^\w+/.exec(name)![0] as keyof typeof FACTORIES];
  const optimizer = make(args);
  const weights = Object.entries(shapes).map(([each, shape]) => ({
    name: each,
    shape,
    variable: tf.tidy(() => tf.variable(golden(each, shape), true, `${each}_${++made}`)),
  }));
  const step = (golden: Record<string, tf.Tensor>, { rate }: Readonly<Record<string, tf.Scalar>>) => {
    const gradients = weights.map(({ name, variable }) => ({
      name: variable.name,
      tensor: tf.add(golden[name]!, tf.mul(variable, 0.5)),
    }));
    optimizer.withLearningRate(rate!, () => optimizer.applyGradients(gradients));
    return tf.sum(gradients[0]!.tensor);
  };
  const program = await compileStep({ step }, options);
  const states = [];
  for (let t = 1; t <= 20; t++) {
    const batch = tf.tidy(() =>
      Object.fromEntries(Object.entries(shapes).map(([each, shape]) => [each, golden(`${each} ${t}`, shape)])),
    );
    program.step(batch, { rate: args.learningRate * (rate === 'constant' ? 1 : 1 - t / 40) }).dispose();
    tf.dispose(batch);
    states.push(Object.fromEntries(weights.map(({ name, variable }) => [name, [...variable.dataSync()]])));
  }
  expect(program.isCompiled).toBe(!options.eager);
  program.dispose();
  optimizer.dispose();
  tf.dispose(weights.map(({ variable }) => variable));
  return states;
}

function expectReference(states: Record<string, number[]>[], { states: expected }: Case): void {
  expect(Object.keys(expected)).toEqual(expect.arrayContaining(['1', '20']));
  for (const [step, weights] of Object.entries(expected)) {
    for (const [weight, values] of Object.entries(weights)) {
      expectTensorClose(states[Number(step) - 1]![weight]!, values, { absolute: 2e-6 });
    }
  }
}

it.each(cases)('%s goes where the reference goes', async (name, each) => {
  expectReference(await run(name, each, { eager: true }), each);
});

const missing = await useBackend('native').then(
  () => undefined,
  () => 'needs TensorFlow: npx nfnets-native',
);
await tf.setBackend('cpu');
const note = missing === undefined ? '' : ` (${missing})`;

describe.each([
  { engine: 'native', isMissing: missing !== undefined },
  { engine: 'wasm', isMissing: false },
] as const)(`a step on $engine${note}`, ({ engine, isMissing }) => {
  it.skipIf(isMissing).each(cases)('follows the rate and counts its steps, compiled or not: %s', async (name, each) => {
    await useBackend(engine, { threads: 1 });
    const [eager, compiled] = [await run(name, each, { eager: true }), await run(name, each, { eager: false })];
    expectReference(eager, each);
    expectReference(compiled, each);
    for (const [i, state] of eager.entries()) {
      for (const [weight, values] of Object.entries(state)) {
        expectTensorClose(compiled[i]![weight]!, values, { relative: 1e-6, absolute: 1e-6 });
      }
    }
    await tf.setBackend('cpu');
  });
});

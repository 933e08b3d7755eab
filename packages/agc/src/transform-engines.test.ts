import { useBackend } from '@nfnets/backends';
import { compileStep } from '@nfnets/compiled-step';
import { expectTensorClose, goldenValues, NEEDS_GPU, useSoftwareGpu, variableOf } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { SHAPES, TRANSFORMS } from './__fixtures__/transforms.js';
import { type GradientTransform, withTransforms } from './index.js';

useSoftwareGpu();

/** Why an engine is not there; undefined if it is. */
const whyNot = (engine: 'native' | 'webgpu', needs: string) =>
  useBackend(engine).then(
    () => undefined,
    () => needs,
  );
const missing = {
  cpu: undefined,
  wasm: undefined,
  native: await whyNot('native', 'needs TensorFlow: npx nfnets-native'),
  webgpu: await whyNot('webgpu', NEEDS_GPU),
};
type Engine = keyof typeof missing;
const use = async (engine: Engine) => {
  if (engine === 'cpu') await tf.setBackend('cpu');
  else await useBackend(engine, engine === 'wasm' ? { threads: 1 } : {});
};

/** The weights after 8 steps of gradients that depend on them; those of the fifth are thirty times as large. */
async function weightsAfter(make: () => GradientTransform, options: { eager: boolean }): Promise<number[]> {
  const names = Object.keys(SHAPES);
  const golden = (name: string, shape: number[]) => tf.tensor(goldenValues(name, tf.util.sizeFromShape(shape)), shape);
  const variables = names.map((name) => variableOf(() => golden(name, SHAPES[name]!), name) as tf.Variable);
  const optimizer = withTransforms(tf.train.momentum(0.05, 0.9), make());
  const step = (batch: Record<string, tf.Tensor>) => {
    optimizer.applyGradients(
      variables.map((variable) => ({
        name: variable.name,
        tensor: tf.add(batch[variable.name]!, tf.mul(variable, 0.5)),
      })),
    );
    return tf.scalar(0);
  };
  const program = await compileStep({ step }, options);
  for (let t = 0; t < 8; t++) {
    const batch = tf.tidy(() =>
      Object.fromEntries(names.map((name) => [name, tf.mul(golden(`${name} ${t}`, SHAPES[name]!), t === 4 ? 30 : 1)])),
    );
    program.step(batch).dispose();
    tf.dispose(batch);
  }
  const values = await Promise.all(variables.map((variable) => variable.data()));
  program.dispose();
  optimizer.dispose();
  tf.dispose([...variables, ...Object.values(optimizer.optimizer).filter((value) => value instanceof tf.Tensor)]);
  return values.flatMap((each) => [...each]);
}

const expected: Record<string, number[]> = {};
beforeAll(async () => {
  await use('cpu');
  for (const [name, make] of Object.entries(TRANSFORMS)) expected[name] = await weightsAfter(make, { eager: true });
});

const engines = Object.keys(missing) as Engine[];
describe.each(engines)('on %s', (engine) => {
  const why = missing[engine];
  beforeAll(async () => {
    if (why === undefined) await use(engine);
  });

  it.skipIf(why !== undefined).each(Object.entries(TRANSFORMS))(
    `%s does as on cpu, compiled where steps are${why === undefined ? '' : ` (${why})`}`,
    async (name, make) => {
      const eager = await weightsAfter(make, { eager: true });
      expectTensorClose(eager, expected[name]!, { relative: 1e-5 });
      if (engine === 'wasm' || engine === 'native') {
        expectTensorClose(await weightsAfter(make, { eager: false }), eager, { relative: 1e-6 });
      }
      expect(expected[name]!.every(Number.isFinite)).toBe(true);
    },
  );
});

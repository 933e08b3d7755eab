import { useBackend } from '@nfnets/backends';
import { mulberry32 } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomStep } from '../../__fixtures__/random-step.js';
import { compileStep } from '../../index.js';
import { randomOpStep } from './random-op-step.js';

/** How many steps are made up, from this seed on. */
const STEPS = Number(process.env['NFNETS_FUZZ_STEPS'] ?? 20);
const FIRST = Number(process.env['NFNETS_FUZZ_SEED'] ?? 1);
const seeds = Array.from({ length: STEPS }, (_, i) => FIRST + i);

const CALLS = 4;

type Numbers = Float32Array | Int32Array | Uint8Array;

/** So that what is read before it is written shows. */
function spoilMemory(): void {
  for (const size of [2 ** 18, 2 ** 12, 2 ** 6]) {
    const spoiled = Array.from({ length: 3 }, () => tf.fill([size], Number.NaN));
    tf.dispose(spoiled);
  }
}

/** Every number that four calls of the step of `seed` show, while others look at its variables, copy, share and assign them. */
async function numbersOf(seed: number, eager: boolean): Promise<{ all: Numbers[]; text: string }> {
  const isOfOps = seed % 3 !== 0;
  const made = isOfOps ? randomOpStep(seed) : chainStep(seed);
  const { step, batch, variables, text } = made;
  const program = await compileStep({ step }, { eager });
  expect(program.isCompiled).toBe(!eager);
  const random = mulberry32(seed + 1000);
  const all: Numbers[] = [];
  const show = (tensors: readonly tf.Tensor[]) => all.push(...tensors.map((tensor) => tensor.dataSync<'float32'>().slice()));
  for (let call = 0; call < CALLS; call++) {
    const copies = variables.map((variable) => (random() < 0.2 ? [tf.clone(variable)] : [])).flat();
    if (random() < 0.2 && String(variables[0]!.shape) === String(variables[1]!.shape)) variables[1]!.assign(variables[0]!);
    if (random() < 0.2) tf.tidy(() => variables[0]!.assign(tf.mul(variables[0]!, 0.5)));
    spoilMemory();
    const isCopy = random() < 0.2 && String(variables[0]!.shape) === String(batch.x.shape);
    const x = isCopy ? tf.clone(variables[0]!) : tf.add(batch.x, 0.1 * call);
    const results = program.step({ ...batch, x }, { rate: 0.5 + call }) as tf.Tensor[];
    show([...results, ...variables, ...copies, x]);
    tf.dispose([...results, ...copies, x]);
  }
  program.dispose();
  show(variables);
  tf.dispose([batch, ...variables]);
  return { all, text };
}

function chainStep(seed: number) {
  const { step, input, variables, text } = randomStep(seed, { convolves: seed % 2 === 0 });
  return { step: ({ x }: { x: tf.Tensor }) => step(x), batch: { x: input, n: tf.scalar(0) }, variables, text };
}

/** Compiled steps on the wasm backend, beside what they are when they run as they are. */
export function describeRandomSteps(threads: number): void {
  describe(`a random step on the wasm backend, ${threads} ${threads === 1 ? 'thread' : 'threads'}`, () => {
    beforeAll(async () => {
      expect((await useBackend('wasm', { threads })).threads).toBe(threads);
    });
    afterAll(async () => {
      await tf.setBackend('cpu');
    });

    it.each(seeds)('has the bits of the eager one (seed %i)', async (seed) => {
      const backend = tf.backend() as unknown as { numDataIds(): number };
      const before = backend.numDataIds();
      const eager = await numbersOf(seed, true);
      const compiled = await numbersOf(seed, false);
      for (const [i, values] of eager.all.entries()) {
        const at = values.findIndex((value, j) => !Object.is(value, compiled.all[i]![j]));
        expect(at, `result ${i}: ${compiled.all[i]![at]} for ${values[at]} at ${at} of\n${eager.text}`).toBe(-1);
      }
      expect(backend.numDataIds()).toBe(before);
    });
  });
}

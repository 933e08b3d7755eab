import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { missing } from '../__fixtures__/native.js';
import { randomStep } from '../__fixtures__/random-step.js';
import { compileStep, type Precision } from '../index.js';
import { hasFusedOps } from '../run/choose-precision.js';
import type { TensorFlowBackend } from '../tensorflow/tensorflow-binding.js';

const note = missing === undefined ? '' : ` (${missing})`;

/** How many steps each test makes up, from this seed on. */
const STEPS = Number(process.env['NFNETS_FUZZ_STEPS'] ?? 20);
const FIRST = Number(process.env['NFNETS_FUZZ_SEED'] ?? 1);
const seeds = Array.from({ length: STEPS }, (_, i) => FIRST + i);

/** Results of three calls, and the variables after each. */
async function resultsOf(
  seed: number,
  { precision = 'float32', ...settings }: { precision?: Precision; convolves?: boolean; noise?: number },
  eager = false,
) {
  const { step, input, variables, text } = randomStep(seed, settings);
  const program = await compileStep({ step }, { precision, eager });
  const all: Float32Array[] = [];
  for (let call = 0; call < 3; call++) {
    const x = tf.add(input, 0.1 * call);
    const results = program.step(x) as tf.Tensor[];
    all.push(...[...results, ...variables].map((tensor) => tensor.dataSync() as Float32Array));
    tf.dispose([x, ...results]);
  }
  program.dispose();
  tf.dispose([input, ...variables]);
  return { all, text };
}

/**
 * How far `actual` is from `expected`, relative to the norm of the latter. What is small is a mean or a sum of thousands of numbers about 1,
 * which may be none but for what is rounded.
 */
function distance(actual: Float32Array, expected: Float32Array): number {
  let [apart, size] = [0, 0];
  for (const [i, value] of expected.entries()) {
    if (Number.isFinite(value)) size += value ** 2;
    // NaN and the infinities must be the same.
    if (!Object.is(actual[i], value)) apart += (actual[i]! - value) ** 2;
  }
  return Math.sqrt(apart / Math.max(size, expected.length * (expected.length < 8192 ? 8 : 1e-3) ** 2));
}

describe.skipIf(missing !== undefined)(`a fused step${note}`, () => {
  beforeAll(() => {
    expect(hasFusedOps(tf.backend() as TensorFlowBackend), 'run `npx nfnets-native` again').toBe(true);
  });

  it.each(seeds)('computes what its ops compute one by one (seed %i)', async (seed) => {
    const fused = await resultsOf(seed, {});
    const plain = await resultsOf(seed, {}, true);
    // What differences of nearly equal numbers leave is no better than what they are made of.
    const blurred = await resultsOf(seed, { noise: 2 ** -23 }, true);
    for (const [i, values] of plain.all.entries()) {
      // Op by op, TensorFlow adds thousands of numbers up one after the other.
      const least = values.length < 8192 ? 1e-4 : 1e-5;
      const tolerance = Math.max(least, 20 * distance(blurred.all[i]!, values));
      expect(distance(fused.all[i]!, values), `result ${i} of\n${fused.text}`).toBeLessThan(tolerance);
    }
  });

  it.each(seeds)('computes in bfloat16 what it does in float32, as well as bfloat16 can (seed %i)', async (seed) => {
    // Where the processor has no instructions for it, that is said.
    vi.spyOn(console, 'warn').mockImplementation(() => {});
    const half = await resultsOf(seed, { precision: 'bfloat16', convolves: true });
    const full = await resultsOf(seed, { convolves: true }, true);
    const blurred = await resultsOf(seed, { convolves: true, noise: 2 ** -8 }, true);
    for (const [i, values] of full.all.entries()) {
      const tolerance = Math.max(0.02, 5 * distance(blurred.all[i]!, values));
      expect(distance(half.all[i]!, values), `result ${i} of\n${half.text}`).toBeLessThan(tolerance);
    }
  });

  it('adds a single tensor up', async () => {
    const x = tf.randomUniform([10_000], -1, 1, 'float32', 1);
    const step = (x: tf.Tensor) => tf.addN([tf.abs(x)]);
    const program = await compileStep({ step });
    const [fused, plain] = [program.step(x), tf.tidy(() => step(x))];
    expect(distance(fused.dataSync<'float32'>(), plain.dataSync<'float32'>())).toBeLessThan(1e-6);
    program.dispose();
    tf.dispose([x, fused, plain]);
  });
});

import * as tf from '@tensorflow/tfjs';
import { afterEach, expect, it } from 'vitest';
import { engineFacts, useBackend } from './index.js';

afterEach(async () => {
  await tf.setBackend('cpu');
});

it('knows versions and threads of the engine in use', async () => {
  await useBackend('cpu');
  expect(await engineFacts()).toEqual({ versions: { tfjs: tf.version_core }, threads: 1 });
  await useBackend('wasm');
  const { versions, threads } = await engineFacts();
  expect(versions).toEqual({ tfjs: tf.version_core });
  expect(threads).toBeGreaterThanOrEqual(1);
});

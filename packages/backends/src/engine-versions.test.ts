import * as tf from '@tensorflow/tfjs';
import { afterEach, expect, it } from 'vitest';
import { engineVersions, useBackend } from './index.js';

afterEach(async () => {
  await tf.setBackend('cpu');
});

it('knows the version of the engine in use', async () => {
  await useBackend('wasm');
  expect(engineVersions()).toEqual({ tfjs: tf.version_core });
});

import { expect, it } from 'vitest';
import { defaultEnvironment } from './default-environment.js';

it('keeps TensorFlow quiet, and leaves its threads to it', () => {
  expect(defaultEnvironment(8, 8)).toEqual({ TF_CPP_MIN_LOG_LEVEL: '2' });
});

it('keeps TensorFlow within the processors that a container may use', () => {
  expect(defaultEnvironment(64, 2)).toEqual({ TF_CPP_MIN_LOG_LEVEL: '2', TF_NUM_INTRAOP_THREADS: '2' });
});

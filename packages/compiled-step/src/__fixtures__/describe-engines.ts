import { useBackend } from '@nfnets/backends';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe } from 'vitest';
import { missing } from './native.js';

/** Where steps are compiled: into TensorFlow's graphs, or into programs within WebAssembly. */
export type CompilingEngine = 'native' | 'wasm';

const note = missing === undefined ? '' : ` (${missing})`;

/** What holds wherever steps are compiled: `suite` on wasm, and on native where that is installed. */
export function describeEngines(what: string, suite: (engine: CompilingEngine) => void): void {
  describe.skipIf(missing !== undefined)(`${what} on native${note}`, () => {
    beforeAll(async () => {
      await tf.setBackend('tensorflow');
    });
    suite('native');
  });
  describe(`${what} on wasm`, () => {
    beforeAll(async () => {
      await useBackend('wasm', { threads: 1 });
    });
    suite('wasm');
  });
}

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { missing } from '../__fixtures__/native.js';
import { encodeSavedModel, encodeSessionConfig } from '../graph/graph-def.js';
import type { RecordedOp, Trace } from '../trace/trace.js';
import { intraOpThreads } from './intra-op-threads.js';

const input = (index: number) => ({ kind: 'input', index }) as const;

/** A step of one op on inputs of these shapes. */
function traceOf(name: string, inputs: readonly number[][], output: number[]): Trace {
  const op: RecordedOp = {
    name,
    attributes: [],
    inputs: inputs.map((_, i) => input(i)),
    outputs: [{ shape: output, dtype: 1 }],
  };
  return {
    step: 'train',
    inputs: inputs.map((shape) => ({ shape, dtype: 1, from: { kind: 'batch', path: '' } })),
    ops: [op],
    outputs: [],
    variables: [],
    assignments: new Map(),
    result: undefined,
  };
}

describe('intraOpThreads', () => {
  const [filter, images, sizes] = [[3, 3, 64, 64], (batch: number) => [batch, 14, 14, 64], [4]];
  // 2 * 14 * 14 * 64 * 3 * 3 * 64 = 14.5 million per image.
  it.each([
    ['Conv2D', (batch: number) => traceOf('Conv2D', [images(batch), filter], images(batch))],
    [
      'Conv2DBackpropInput',
      (batch: number) => traceOf('Conv2DBackpropInput', [sizes, filter, images(batch)], images(batch)),
    ],
    [
      'Conv2DBackpropFilter',
      (batch: number) => traceOf('Conv2DBackpropFilter', [images(batch), sizes, images(batch)], filter),
    ],
    // 2 * 4 * 170^2 * 64 = 14.8 million.
    [
      'MatMul',
      (batch: number) =>
        traceOf(
          'BatchMatMulV2',
          [
            [4 * batch, 170, 64],
            [4 * batch, 64, 170],
          ],
          [4 * batch, 170, 170],
        ),
    ],
  ])('keeps a small %s on one thread, and leaves a large one to TensorFlow', (_, trace) => {
    expect(intraOpThreads([trace(2)], 2)).toBe(1);
    expect(intraOpThreads([trace(3)], 2)).toBeUndefined();
    expect(intraOpThreads([trace(2)], 16)).toBeUndefined();
    expect(intraOpThreads([trace(2), trace(3)], 2)).toBeUndefined();
  });

  it('leaves a step to TensorFlow that has neither', () => {
    expect(intraOpThreads([traceOf('Mul', [[8], [8]], [8])], 2)).toBeUndefined();
  });
});

// tfjs-node's own binding opens every session by the defaults.
const canConfigure =
  missing === undefined &&
  readFileSync(
    join(
      dirname(createRequire(import.meta.resolve('@nfnets/backends')).resolve('@tensorflow/tfjs-node/package.json')),
      'lib/napi-v8/tfjs_binding.node',
    ),
  ).includes('session_config.pb');

it.skipIf(!canConfigure)(
  'a session takes its configuration (needs a binding that npx nfnets-native built)',
  async () => {
    const tf = await import('@tensorflow/tfjs');
    const { binding } = tf.backend() as unknown as {
      binding: { loadSavedModel(folder: string, tags: string): number };
    };
    const folder = mkdtempSync(join(tmpdir(), 'session-config-'));
    try {
      writeFileSync(join(folder, 'saved_model.pb'), encodeSavedModel([]));
      writeFileSync(join(folder, 'session_config.pb'), encodeSessionConfig(1));
      expect(binding.loadSavedModel(folder, 'serve')).toBeGreaterThanOrEqual(0);
      writeFileSync(join(folder, 'session_config.pb'), 'no configuration');
      expect(() => binding.loadSavedModel(folder, 'serve')).toThrow(/ConfigProto/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { useBackend } from '@nfnets/backends';
import * as tf from '@tensorflow/tfjs';
import { onTestFinished } from 'vitest';
import { openSafetensors } from './read-safetensors.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const python = process.env['NFNETS_PYTHON'] ?? join(root, 'bench/.venv/bin/python');

/** What to say in the name of a suite that needs timm. */
export const NEEDS_TIMM =
  'needs timm: python3 -m venv bench/.venv && bench/.venv/bin/pip install torch timm safetensors, or NFNETS_PYTHON';
export const isTimmMissing = !existsSync(python);

/** What timm computes with a preset on random weights, for as long as the test runs. */
export function runTimm(name: string, side: number, seed: number) {
  const folder = mkdtempSync(join(tmpdir(), 'nfnets-parity-'));
  const script = join(root, 'tools/reference/timm_preset.py');
  execFileSync(python, [script, name, String(side), String(seed), folder], { stdio: ['ignore', 'ignore', 'pipe'] });
  const [weights, gradients, results] = ['weights', 'gradients', 'results'].map((file) =>
    openSafetensors(join(folder, `${file}.safetensors`)),
  ) as [Arrays, Arrays, Arrays];
  onTestFinished(() => {
    for (const file of [weights, gradients, results]) file.close();
    rmSync(folder, { recursive: true });
  });
  return { weights, gradients, results };
}

type Arrays = ReturnType<typeof openSafetensors>;

/** Native TensorFlow where it is, else wasm. */
export async function useFastestEngine(): Promise<void> {
  await useBackend('native').catch(() => useBackend('wasm'));
}

/** Mean cross-entropy of class 1. */
export function lossOf(model: tf.LayersModel, images: tf.Tensor): tf.Scalar {
  return tf.tidy(() => {
    const logs = tf.logSoftmax(model.apply(images) as tf.Tensor2D);
    return tf.neg(tf.mean(tf.slice(logs, [0, 1], [-1, 1]))) as tf.Scalar;
  });
}

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createModel } from '@nfnets/models';
import { openSafetensors } from '@nfnets/safetensors';
import { relativeError } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadWeights } from '../src/index.js';

const ownPython = fileURLToPath(new URL('../../../bench/.venv/bin/python', import.meta.url));
const python = process.env['NFNETS_PYTHON'] ?? ownPython;
const isMissing = python.includes('/') && !existsSync(python);
const NEEDS = 'needs torch: python3 -m venv bench/.venv && bench/.venv/bin/pip install torch safetensors numpy';

describe.skipIf(isMissing)(`a whole checkpoint in the authors’ layout (${NEEDS})`, () => {
  it('gives the logits of the authors’ formulas, by the published names', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nfnets-haiku-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    execFileSync(python, [fileURLToPath(new URL('../python/haiku_f0.py', import.meta.url)), folder]);

    const model = createModel('nfnet_f0', { numClasses: 1000 });
    const { format, naming, loaded } = await loadWeights(model, join(folder, 'F0_haiku.npz'));
    expect([format, naming, loaded.length]).toEqual(['haiku', 'haiku', 233]);

    const result = await openSafetensors(join(folder, 'result.safetensors'));
    onTestFinished(() => result.close());
    const read = (name: string) => result.tensors.get(name)!.read();
    const images = tf.tensor(await read('images'), [2, 64, 64, 3]);
    const logits = model.predict(images) as tf.Tensor;
    expect(relativeError(await logits.data<'float32'>(), await read('logits'))).toBeLessThan(1e-4);
    tf.dispose([images, logits]);
    model.dispose();
  });
});

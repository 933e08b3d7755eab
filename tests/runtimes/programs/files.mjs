// Writes the weights of a model under timm's names, reads them as a safetensors file and into another model.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useBackend } from '@nfnets/backends';
import { createModel } from '@nfnets/models';
import { openSafetensors, writeSafetensors } from '@nfnets/safetensors';
import { loadWeights, saveWeights } from '@nfnets/weights';
import * as tf from '@tensorflow/tfjs';

await useBackend('wasm', { threads: 1 });
const folder = mkdtempSync(join(tmpdir(), 'nfnets-files-'));
try {
  const path = join(folder, 'digits.safetensors');
  const saved = createModel('nfnet_digits', { numClasses: 10, seed: 1 });
  await saveWeights(saved, path, { naming: 'timm' });
  const loaded = createModel('nfnet_digits', { numClasses: 10, seed: 2 });
  const { naming } = await loadWeights(loaded, path);
  const images = tf.reshape(tf.sin(tf.range(0, 2 * 784)), [2, 28, 28, 1]);
  const [before, after] = [saved, loaded].map((model) => [...model.predict(images).dataSync()]);

  const own = join(folder, 'own.safetensors');
  const values = Float32Array.of(1, 2, 3, 4, 5, 6);
  await writeSafetensors(own, [{ name: 'w', dtype: 'F32', shape: [2, 3], bytes: () => new Uint8Array(values.buffer) }]);
  const file = await openSafetensors(own);
  const read = await file.tensors.get('w').read();
  await file.close();
  console.log(JSON.stringify({ naming, before, after, read: [...read] }));
} finally {
  rmSync(folder, { recursive: true });
}

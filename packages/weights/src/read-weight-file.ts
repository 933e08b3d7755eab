import { type ByteSource, readSafetensors, TensorFileError } from '@nfnets/safetensors';
import { readHaiku } from './read-haiku.js';
import { LEGACY_TORCH_MAGIC, readLegacyTorch } from './read-legacy-torch.js';
import { type OpenShard, readTfjs } from './read-tfjs.js';
import { readTorch } from './read-torch.js';
import type { WeightFile } from './weight-file.js';

/**
 * Lists the tensors of a safetensors file, a checkpoint of torch, a pickle of Haiku's parameters or a model.json of tfjs,
 * which it tells apart by their first bytes. Reads none of the tensors.
 *
 * @param shard Opens the files that a model.json names.
 *
 * @throws TensorFileError
 */
export async function readWeightFile(source: ByteSource, shard?: OpenShard): Promise<WeightFile> {
  const start = await source.read(0, Math.min(source.size, 16));
  const begins = (...bytes: readonly number[]) => bytes.every((byte, i) => start[i] === byte);
  if (begins(0x50, 0x4b)) return readTorch(source);
  if (begins(...LEGACY_TORCH_MAGIC)) return readLegacyTorch(source);
  // A JSON text has no zero byte; the length that a safetensors file begins with has some.
  if (begins(0x7b) && !start.slice(0, 8).includes(0)) return readTfjs(source, shard);
  // Behind the length of its header, of which the upper half is zero, a safetensors file goes on with {.
  if (start[8] === 0x7b) return { format: 'safetensors', tensors: (await readSafetensors(source)).tensors };
  if (begins(0x80) || begins(0x7d) || begins(0x28)) return readHaiku(source);
  throw new TensorFileError(
    `${source.label}: must be a safetensors file, a checkpoint of torch.save, a pickle of Haiku's parameters or a model.json of TensorFlow.js, got ${source.size} bytes that begin with ${hex(start)}.`,
  );
}

function hex(bytes: Uint8Array): string {
  return bytes.length === 0
    ? 'nothing'
    : [...bytes.slice(0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
}

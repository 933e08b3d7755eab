import { type ByteSource, readSafetensors, show, TensorFileError } from '@nfnets/safetensors';
import type { OpenShard } from './files-beside.js';
import { otherFormat } from './other-formats.js';
import type { WeightChoice } from './pickle/choose-weights.js';
import { readHaiku } from './pickle/read-haiku.js';
import { readJson } from './read-json.js';
import { readSharded } from './read-sharded.js';
import { readTfjs } from './tfjs/read-tfjs.js';
import { LEGACY_TORCH_MAGIC, readLegacyTorch } from './torch/read-legacy-torch.js';
import { readTorch } from './torch/read-torch.js';
import type { WeightFile } from './weight-file.js';

/**
 * Lists the tensors of a safetensors file, a checkpoint of torch, a pickle of Haiku's parameters, a model.json of tfjs or the
 * index of a file in several parts, which it tells apart by their first bytes. Reads none of the tensors.
 *
 * @param shard Opens the files that a model.json or an index names.
 * @param choice Which weights are meant, where a file may have several.
 *
 * @throws TensorFileError
 */
export async function readWeightFile(
  source: ByteSource,
  shard?: OpenShard,
  choice: WeightChoice = {},
): Promise<WeightFile> {
  const start = await source.read(0, Math.min(source.size, 16));
  const begins = (...bytes: readonly number[]) => bytes.every((byte, i) => start[i] === byte);
  if (begins(0x50, 0x4b)) return readTorch(source, choice);
  if (begins(...LEGACY_TORCH_MAGIC)) return readLegacyTorch(source, choice);
  // A JSON text has no zero byte; the length that a safetensors file begins with has some.
  if (!start.includes(0) && /^\s*\{/.test(new TextDecoder().decode(start))) {
    const json = await readJson(source);
    assertNoChoice(source, choice);
    if (!Object.hasOwn(json, 'weight_map')) return readTfjs(source, json, shard);
    return readSharded(source, json, shard, (part) => readWeightFile(part));
  }
  // Behind the length of its header, of which the upper half is zero, a safetensors file goes on with {.
  if (start[8] === 0x7b) {
    assertNoChoice(source, choice);
    return { format: 'safetensors', tensors: (await readSafetensors(source)).tensors };
  }
  if (begins(0x80) || begins(0x7d) || begins(0x28)) return readHaiku(source, choice);
  const other = otherFormat(start);
  throw new TensorFileError(
    `${source.label}: must be a safetensors file, a checkpoint of torch.save, a pickle of Haiku's parameters or a model.json of TensorFlow.js, got ${source.size} bytes that begin with ${hex(start)}.${other === undefined ? '' : ` It is ${other}.`}`,
  );
}

/** Formats of one level have nothing to choose from. */
function assertNoChoice({ label }: ByteSource, { key, ema }: WeightChoice): void {
  if (key !== undefined && key !== '') {
    throw new TensorFileError(
      `${label}: has no key ${show(key)}: its format has no dicts of tensors. Leave \`key\` out.`,
    );
  }
  if (ema === true) {
    throw new TensorFileError(
      `${label}: does not tell averaged weights from others. Leave \`ema\` out, or pass { prefix } where their names have one.`,
    );
  }
}

function hex(bytes: Uint8Array): string {
  return bytes.length === 0
    ? 'nothing'
    : [...bytes.slice(0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
}

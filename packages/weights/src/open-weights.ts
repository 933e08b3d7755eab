import { type ByteSource, blobSource, bytesSource, fileSource, TensorFileError } from '@nfnets/safetensors';
import { nodeModule } from './node-module.js';
import { readWeightFile } from './read-weight-file.js';
import type { WeightFile } from './weight-file.js';

/**
 * Where weights are: the path of a file or of a folder with one (in Node), the bytes, a Blob or File, or for the
 * `model.json` of TensorFlow.js a list of it and its files.
 */
export type WeightSource = string | URL | Uint8Array | ArrayBuffer | Blob | readonly File[];

/** What a folder is searched for, first to last. */
const FILES = ['model.safetensors', 'model.json', 'pytorch_model.bin'];

/** Runs `use` on the opened `source`, and closes it. */
export async function withWeights<Result>(
  source: WeightSource,
  use: (file: WeightFile, label: string) => Promise<Result>,
): Promise<Result> {
  const { main, shard } = await open(source);
  let file: WeightFile | undefined;
  try {
    file = await readWeightFile(main, shard);
    return await use(file, main.label);
  } finally {
    await file?.close?.();
    await main.close();
  }
}

async function open(
  source: WeightSource,
): Promise<{ main: ByteSource; shard?: (name: string) => Promise<ByteSource> }> {
  if (source instanceof Uint8Array || source instanceof ArrayBuffer) return { main: bytesSource(source) };
  if (source instanceof Blob) return { main: blobSource(source, source instanceof File ? source.name : undefined) };
  if (Array.isArray(source)) return openFiles(source);
  if (typeof source !== 'string' && !(source instanceof URL)) {
    throw new TypeError('loadWeights: `source` must be a path, bytes, a Blob or a list of Files.');
  }
  const path = await filePath(source);
  const { dirname, join } = nodeModule('node:path', `reads the path "${path}"`);
  return { main: await fileSource(path), shard: (name) => fileSource(join(dirname(path), name)) };
}

function openFiles(files: readonly File[]) {
  const sourceOf = (name: string) => {
    const file = files.find((file) => file.name === name);
    if (file !== undefined) return blobSource(file, name);
    const names = files.map(({ name }) => name).join(', ');
    throw new TensorFileError(`loadWeights: the list of files must have "${name}", got ${names || 'an empty one'}.`);
  };
  return { main: sourceOf('model.json'), shard: async (name: string) => sourceOf(name) };
}

async function filePath(source: string | URL): Promise<string> {
  const text = String(source);
  if (/^https?:/.test(text)) {
    throw new TensorFileError(
      `loadWeights: \`source\` must be on this machine, got ${text}. Download it, or see \`fromHub\`.`,
    );
  }
  const { fileURLToPath } = nodeModule('node:url', `reads the path "${text}"`);
  const path = source instanceof URL ? fileURLToPath(source) : source;
  const { stat } = nodeModule('node:fs/promises', `reads the path "${path}"`);
  const { join } = nodeModule('node:path', `reads the path "${path}"`);
  const isFolder = (await stat(path).catch(() => undefined))?.isDirectory();
  if (!isFolder) return path;
  for (const name of FILES) {
    if ((await stat(join(path, name)).catch(() => undefined))?.isFile()) return join(path, name);
  }
  throw new TensorFileError(`${path}: is a folder without one of ${FILES.join(', ')}.`);
}

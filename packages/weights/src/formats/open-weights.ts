import { type ByteSource, blobSource, bytesSource, fileSource, TensorFileError } from '@nfnets/safetensors';
import type { OpenShard } from './files-beside.js';
import { nodeModule } from './node-module.js';
import type { WeightChoice } from './pickle/choose-weights.js';
import { readWeightFile } from './read-weight-file.js';
import type { WeightFile } from './weight-file.js';

/**
 * Where weights are: the path of a file or of a folder with one (in Node), the bytes, a Blob or File, or for the
 * `model.json` of TensorFlow.js, or the index of a file in several parts, a list of it and its files.
 */
export type WeightSource = string | URL | Uint8Array | ArrayBuffer | Blob | readonly File[];

/** What a folder is searched for, first to last; two of one line leave open which is meant. */
const FILES = [
  ['model.safetensors', 'model.safetensors.index.json'],
  ['model.json'],
  ['pytorch_model.bin', 'pytorch_model.bin.index.json'],
] as const;
/** What else may be weights, for the message where a folder has none of them. */
const WEIGHTS = /\.(safetensors|pth|pt|bin|npz|index\.json)$/;

/** Runs `use` on the opened `source`, and closes it. */
export async function withWeights<Result>(
  source: WeightSource,
  choice: WeightChoice,
  use: (file: WeightFile, label: string) => Promise<Result>,
): Promise<Result> {
  const { main, shard } = await open(source);
  let file: WeightFile | undefined;
  try {
    file = await readWeightFile(main, shard, choice);
    return await use(file, main.label);
  } finally {
    await file?.close?.();
    await main.close();
  }
}

async function open(source: WeightSource): Promise<{ main: ByteSource; shard?: OpenShard }> {
  if (source instanceof Uint8Array || source instanceof ArrayBuffer) return { main: bytesSource(source) };
  if (source instanceof Blob) return { main: blobSource(source, source instanceof File ? source.name : undefined) };
  if (Array.isArray(source) && source.every((file) => file instanceof File)) return openFiles(source);
  if (source === '' || (typeof source !== 'string' && !(source instanceof URL))) {
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
  const [only, ...others] = files;
  if (only !== undefined && others.length === 0)
    return { main: sourceOf(only.name), shard: async (name: string) => sourceOf(name) };
  const indices = files.map(({ name }) => name).filter((name) => name.endsWith('.index.json'));
  const [main = 'model.json', ...more] = files.some(({ name }) => name === 'model.json')
    ? ['model.json', ...indices]
    : indices;
  if (more.length > 0) {
    throw new TensorFileError(
      `loadWeights: the list of files must have one of ${[main, ...more].join(', ')}, got both.`,
    );
  }
  return { main: sourceOf(main), shard: async (name: string) => sourceOf(name) };
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
  const isFile = async (name: string) => (await stat(join(path, name)).catch(() => undefined))?.isFile() === true;
  for (const names of FILES) {
    const found: string[] = [];
    for (const name of names) if (await isFile(name)) found.push(name);
    if (found.length === 1) return join(path, found[0]!);
    if (found.length > 1) {
      throw new TensorFileError(`${path}: has both ${found.join(' and ')}. Pass the path of the one that is meant.`);
    }
  }
  const { readdir } = nodeModule('node:fs/promises', `reads the path "${path}"`);
  const others = (await readdir(path)).filter((name) => WEIGHTS.test(name)).slice(0, 4);
  const hint = others.length === 0 ? '' : ` It has ${others.join(', ')}: pass the path of a file.`;
  throw new TensorFileError(`${path}: is a folder without one of ${FILES.flat().join(', ')}.${hint}`);
}

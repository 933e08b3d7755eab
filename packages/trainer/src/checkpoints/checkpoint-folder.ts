import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fromJson, toJson } from '@nfnets/json-numbers';
import { type DataType, openSafetensors, safetensorsChunks, TensorFileError } from '@nfnets/safetensors';
import { areFinite } from '../weights/non-finite-weights.js';
import type { Checkpoint, CheckpointTensor, StoredCheckpoint } from './checkpoint.js';
import { CheckpointError, NonFiniteTensorError } from './checkpoint-error.js';

/** The files of a checkpoint. */
const FILES = { tensors: 'state.safetensors', description: 'checkpoint.json' } as const;
const FORMAT = 'nfnets checkpoint 2';
/** Had null for numbers that JSON has not, and texts as they are. */
const OLD_FORMAT = 'nfnets checkpoint 1';

/** What `checkpoint.json` says. */
interface Description {
  readonly format: typeof FORMAT | typeof OLD_FORMAT;
  readonly tensors: { readonly bytes: number; readonly sha256: string };
  /** As `toJson` writes it. */
  readonly info: unknown;
  /** SHA-256 of `info` as JSON without spaces, as it stands there. */
  readonly infoSha256: string;
}

const TYPES = { float32: 'F32', int32: 'I32', bool: 'BOOL' } as const satisfies Record<string, DataType>;
const ARRAYS = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

/**
 * Writes a checkpoint into the folder `path`, which appears when all of it is on the disk and not before; one that was
 * there goes then.
 *
 * @throws CheckpointError when it cannot be written: a full disk, no permission; NonFiniteTensorError for a tensor with infinite or NaN
 *   values. What was there stays.
 */
export async function writeCheckpoint(path: string, { info, tensors }: Checkpoint): Promise<void> {
  const [partial, old] = [`${path}.partial`, `${path}.old`];
  try {
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { recursive: true });
    const written = await writeTensors(path, join(partial, FILES.tensors), tensors);
    const infoText = toJson(info ?? null);
    const infoSha256 = createHash('sha256').update(infoText).digest('hex');
    const description: Description = { format: FORMAT, tensors: written, info: JSON.parse(infoText), infoSha256 };
    const text = `${JSON.stringify(description, undefined, 2)}\n`;
    await withSyncedFile(join(partial, FILES.description), (file) => file.writeFile(text));
    await syncFolder(partial);
    const isReplaced = await rename(path, old).then(
      () => true,
      () => false,
    );
    await rename(partial, path);
    await syncFolder(dirname(path));
    if (isReplaced) await rm(old, { recursive: true, force: true });
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const full = code === 'ENOSPC' || code === 'EDQUOT';
    const reason = full ? `no space left on the disk (${code}). Free some` : `${message}. Mend that`;
    throw new CheckpointError(
      `${path}: the checkpoint cannot be written: ${reason}, and run again: it goes on where the last checkpoint was made.`,
      { cause: error },
    );
  }
}

/**
 * Opens the checkpoint in the folder `path`, after all of it was read and found as it was written. Close it.
 *
 * @throws CheckpointError when anything is missing, truncated or changed.
 */
export async function readCheckpoint(path: string): Promise<StoredCheckpoint> {
  const place = (await stat(path).catch(() => undefined)) ? path : await leftAside(path);
  const refuse = (reason: string): never => {
    throw new CheckpointError(`${place}: not a sound checkpoint: ${reason}.`);
  };
  const { tensors: expected, info } = await readDescription(place, refuse);
  const file = join(place, FILES.tensors);
  const size = (await stat(file).catch(() => refuse(`${FILES.tensors} is missing`))).size;
  if (size !== expected.bytes) refuse(`${FILES.tensors} has ${size} bytes and should have ${expected.bytes}`);
  if ((await sha256(file)) !== expected.sha256) refuse(`${FILES.tensors} was changed after it was written`);
  const opened = await openSafetensors(file).catch((error: Error) => {
    if (error instanceof TensorFileError) return refuse(error.message);
    throw error;
  });
  const tensors = [...opened.tensors.values()].map(({ name, shape, dtype, bytes }): CheckpointTensor => {
    const type = (Object.keys(TYPES) as (keyof typeof TYPES)[]).find((each) => TYPES[each] === dtype);
    if (!type) return refuse(`"${name}" is ${dtype}`);
    return { name, shape, dtype: type, read: async () => new ARRAYS[type]((await bytes()).buffer) };
  });
  return { place, info, tensors, close: opened.close };
}

/**
 * Throws for a tensor with infinite or NaN values. Reads all of them, one after the other.
 *
 * @throws NonFiniteTensorError
 */
export async function assertFinite(place: string, tensors: readonly CheckpointTensor[]): Promise<void> {
  for (const { name, read } of tensors) if (!areFinite(await read())) throw new NonFiniteTensorError(name, place);
}

async function readDescription(place: string, refuse: (reason: string) => never): Promise<Description> {
  const text = await readFile(join(place, FILES.description), 'utf8').catch(() =>
    refuse(`${FILES.description} is missing`),
  );
  let description: Partial<Description> | null = null;
  try {
    description = JSON.parse(text) as Partial<Description> | null;
  } catch {
    refuse(`${FILES.description} is no JSON`);
  }
  const format = description?.format;
  if (format !== FORMAT && format !== OLD_FORMAT) {
    refuse(`\`format\` of ${FILES.description} must be "${FORMAT}" or "${OLD_FORMAT}", got ${JSON.stringify(format)}`);
  }
  if (typeof description?.tensors !== 'object') refuse(`${FILES.description} does not tell of ${FILES.tensors}`);
  const { info, infoSha256 } = description as Description;
  if (createHash('sha256').update(JSON.stringify(info)).digest('hex') !== infoSha256) {
    refuse(`\`info\` of ${FILES.description} was changed after it was written`);
  }
  return { ...(description as Description), info: format === OLD_FORMAT ? info : fromJson(JSON.stringify(info)) };
}

/** What was at `path` before a writer that was killed had put the new one there. */
async function leftAside(path: string): Promise<string> {
  const isThere = await stat(`${path}.old`).catch(() => undefined);
  return isThere ? `${path}.old` : path;
}

async function writeTensors(
  place: string,
  path: string,
  tensors: readonly CheckpointTensor[],
): Promise<Description['tensors']> {
  const hash = createHash('sha256');
  let bytes = 0;
  await withSyncedFile(path, async (file) => {
    const parts = tensors.map(({ name, shape, dtype, read }) => ({
      name,
      shape,
      dtype: TYPES[dtype],
      async bytes() {
        const values = await read();
        if (!areFinite(values)) throw new NonFiniteTensorError(name, place);
        const { buffer, byteOffset, byteLength } = values;
        return new Uint8Array(buffer, byteOffset, byteLength);
      },
    }));
    for await (const chunk of safetensorsChunks(parts)) {
      hash.update(chunk);
      bytes += chunk.length;
      await file.writeFile(chunk);
    }
  });
  return { bytes, sha256: hash.digest('hex') };
}

async function withSyncedFile(path: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await write(file);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes the names in a folder survive a power cut. Windows has no such call, and does it itself. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

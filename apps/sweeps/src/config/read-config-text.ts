import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { nearest } from '@nfnets/options';
import { SweepError } from '../sweep-error.js';

/** Endings of the files a config may be in. */
export const CONFIG_ENDINGS = ['.yaml', '.yml', '.json', '.ts', '.mts', '.js', '.mjs'] as const;

/** Configs are written by hand; a larger file is something else. */
const MOST_BYTES = 1_000_000;

/** Reads the text of the config `file`; throws a `SweepError` where that is no text. */
export async function readConfigText(file: string): Promise<string> {
  const bytes = await readBytes(file);
  if (bytes[0] === 0xff && bytes[1] === 0xfe) throw notText(file, 0, bytes, 'is UTF-16; save it as UTF-8');
  const zero = bytes.indexOf(0);
  if (zero >= 0)
    throw notText(file, zero, bytes, 'holds a zero byte, and so is no text; a sweep config is a YAML file');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw notText(file, invalidUtf8At(bytes), bytes, 'is not valid UTF-8; save the file as UTF-8');
  }
}

async function readBytes(file: string): Promise<Buffer> {
  try {
    const { size } = await stat(file);
    if (size <= MOST_BYTES) return await readFile(file);
    throw new SweepError(
      `${file}:1:1: a sweep config must have at most ${MOST_BYTES} bytes, got ${size}. Is it the right file?`,
    );
  } catch (error) {
    if (error instanceof SweepError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EISDIR') throw isFolder(file);
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw new SweepError(`${file}: cannot be read (${message}).`);
    throw new SweepError(`${file}: no such file${await nearestFile(file)}`);
  }
}

const isFolder = (file: string) => new SweepError(`${file}: is a folder; a sweep config is a YAML file.`);

async function nearestFile(file: string): Promise<string> {
  const neighbours = await readdir(dirname(file)).catch(() => []);
  const configs = neighbours.filter((name) => CONFIG_ENDINGS.some((ending) => name.endsWith(ending)));
  const near = nearest(basename(file), configs);
  return near ? `; did you mean ${join(dirname(file), near)}?` : '.';
}

function notText(file: string, offset: number, bytes: Buffer, problem: string): SweepError {
  const before = bytes.subarray(0, offset).toString('latin1').split('\n');
  return new SweepError(`${file}:${before.length}:${before.at(-1)!.length + 1}: ${problem}.`);
}

/** Offset of the first byte that is not UTF-8: the longest prefix that decodes, found by halves. */
function invalidUtf8At(bytes: Buffer): number {
  let [low, high] = [0, bytes.length];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    try {
      // Streaming: a character cut in two at the end is no mistake.
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, middle), { stream: true });
      low = middle;
    } catch {
      high = middle - 1;
    }
  }
  return low;
}

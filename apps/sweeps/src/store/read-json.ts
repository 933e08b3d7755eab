import { readFileSync, statSync } from 'node:fs';
import { fromJson } from '@nfnets/json-numbers';
import { SweepError } from '../sweep-error.js';

/** A file of a run folder is not what it should be: names it, and what to do. */
export class DamagedFileError extends SweepError {
  constructor(path: string, why: string, wayOut = 'Delete it to have it made again') {
    super(`${path}: ${why}. ${wayOut}.`);
  }
}

/**
 * The JSON value in the file `path`, numbers that JSON lacks included; undefined when there is no such file. Throws a
 * `DamagedFileError` with the `wayOut` for one that cannot be read, that holds no JSON, or whose value is not what `isValid` says.
 */
export function readJson<T>(
  path: string,
  { isValid = () => true, wayOut }: { isValid?: (value: unknown) => boolean; wayOut?: string } = {},
): T | undefined {
  const text = readText(path, wayOut);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = fromJson(text);
  } catch (error) {
    const why = text.trim() === '' ? 'it is empty' : (error as Error).message.replace(/[^ -~]+/g, ' ');
    throw new DamagedFileError(path, `not valid JSON (${why})`, wayOut);
  }
  if (!isValid(value)) throw new DamagedFileError(path, 'does not hold what it should', wayOut);
  return value as T;
}

/** The text of the file `path`; undefined when there is no such file. Throws a `DamagedFileError` for one that cannot be read. */
export function readText(path: string, wayOut?: string): string | undefined {
  try {
    // A device in the place of a file may have no end.
    if (statSync(path).isFile()) return readFileSync(path, 'utf8');
  } catch (error) {
    // A file where a folder is looked for is no folder either, and what cannot have its name is not there.
    const { code = '' } = error as NodeJS.ErrnoException;
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(code)) return undefined;
    throw new DamagedFileError(path, `cannot be read (${code})`, wayOut);
  }
  throw new DamagedFileError(path, 'is no file', wayOut);
}

/** What `read` returns, and where a file is damaged, what is wrong with it. */
export function readUnlessDamaged<T>(read: () => T): { readonly value?: T; readonly damage?: string } {
  try {
    return { value: read() };
  } catch (error) {
    if (error instanceof DamagedFileError) return { damage: error.message };
    throw error;
  }
}

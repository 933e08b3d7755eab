import { closeSync, fsyncSync, lstatSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { toJson } from '@nfnets/json-numbers';
import { SweepError } from '../sweep-error.js';

/**
 * Writes `data` so that a reader, a crash or a full disk never sees half of it: to `temporary`, to the disk, then renamed.
 *
 * A symbolic link is written through, not replaced. Throws a `SweepError` when the disk is full, or the system refuses.
 */
export function writeFileSafely(path: string, data: string | Uint8Array, temporary = `${path}.tmp`): void {
  explainUnwritable(path, () => {
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) return writeFileSync(path, data);
    try {
      const file = openSync(temporary, 'w');
      try {
        writeFileSync(file, data);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(temporary, path);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
  });
}

/** `value` as the text of a JSON file; numbers that JSON lacks are there by their names. */
export const jsonText = (value: unknown) => `${toJson(value, 2)}\n`;

/** Writes `value` as indented JSON, as `writeFileSafely` does. */
export function writeJson(path: string, value: unknown): void {
  writeFileSafely(path, jsonText(value));
}

/** Calls `write`, and throws a `SweepError` that says what to do when the disk or the quota is full. */
export function explainFullDisk<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error;
    throw new SweepError(
      `${path}: no space left on the disk (${code}). Free some (old run folders hold the most: runs/*/trials), ` +
        'then run the same command again: finished trials are kept.',
      { cause: error },
    );
  }
}

/** What of the system's refusals to write has another cause than the disk. */
const REFUSALS: Readonly<Record<string, string>> = {
  EISDIR: 'a folder is in its place. Move it away',
  ENOTDIR: 'a file is in the place of a folder. Move it away',
  EEXIST: 'a file is in the place of a folder. Move it away',
  ENOENT: 'its folder is not there. Make it, or give another',
  EACCES: 'no permission. Give another folder, or the right to write here',
  EPERM: 'no permission. Give another folder, or the right to write here',
  EROFS: 'the disk may only be read. Give another folder',
  ENAMETOOLONG: 'its path is longer than the disk allows. Give another folder',
  ELOOP: 'its links lead in a circle. Remove them',
};

/** Calls `write`; where the disk is full or the system refuses, throws a `SweepError` that says what to do, with the system's `code`. */
export function explainUnwritable<T>(path: string, write: () => T): T {
  try {
    return explainFullDisk(path, write);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (error instanceof SweepError || !(code in REFUSALS)) throw error;
    const message = `${path}: cannot be written (${code}): ${REFUSALS[code]}.`;
    throw Object.assign(new SweepError(message, { cause: error }), { code });
  }
}

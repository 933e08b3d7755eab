import { closeSync, fsyncSync, lstatSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { SweepError } from './sweep-error.js';

/**
 * Writes `data` so that a reader, a crash or a full disk never sees half of it: to `temporary`, to the disk, then renamed.
 *
 * A symbolic link is written through, not replaced. Throws a `SweepError` when the disk is full.
 */
export function writeFileSafely(path: string, data: string | Uint8Array, temporary = `${path}.tmp`): void {
  explainFullDisk(path, () => {
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

/** `value` as the text of a JSON file. */
export const jsonText = (value: unknown) => `${JSON.stringify(value, undefined, 2)}\n`;

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

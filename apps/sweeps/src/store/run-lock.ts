import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../make-folder.js';
import type { ProcessIdentity } from '../schema/index.js';
import { SweepError } from '../sweep-error.js';
import { isAlive, processIdentity } from './process-identity.js';
import { DamagedFileError } from './read-json.js';
import { explainFullDisk } from './write-file-safely.js';

/**
 * Takes the run folder `dir` for this process and returns the function that gives it back.
 *
 * A lock left by a process that is gone is taken over. Throws a `SweepError` while another process holds it, and where
 * no folder can be made or written.
 */
export function lockRunFolder(dir: string): () => void {
  const path = join(dir, 'lock.json');
  const own = `${path}.${process.pid}`;
  explainUnwritable(dir, () => {
    explainFullDisk(own, () => {
      makeFolder(dir);
      writeFileSync(own, JSON.stringify(processIdentity()));
    });
  });
  try {
    while (!linked(own, path)) removeStale(path, dir);
  } finally {
    rmSync(own, { force: true });
  }
  return () => rmSync(path, { force: true });
}

/** Calls `write`, and throws a `SweepError` where the system refuses: a file in the way, no permission, a read-only disk. */
function explainUnwritable(dir: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    if (error instanceof SweepError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    const isFile = code === 'EEXIST' || code === 'ENOTDIR';
    const why = isFile
      ? 'a file is in the way'
      : code === 'ENAMETOOLONG'
        ? 'its path is longer than the disk allows'
        : `the folder cannot be made or written: no permission, or a read-only disk (${code})`;
    throw new SweepError(`${dir}: ${why}. Give another run folder with --out.`);
  }
}

/** Whether `path` now is a second name of `own`: unlike a write, it cannot be seen half done. */
function linked(own: string, path: string): boolean {
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function removeStale(path: string, dir: string): void {
  const text = readLock(path);
  if (text === undefined) return;
  const holder = holderIn(path, text);
  const alive = isAlive(holder);
  if (alive !== false) {
    const unsure = alive === 'unknown' ? ` If that run is gone, delete ${path}.` : '';
    throw new SweepError(
      `${dir}: another run (process ${holder.pid} on ${holder.host}) is working in this folder. Wait for it, or give another one with --out.${unsure}`,
    );
  }
  // Two processes may find the same stale lock; one of them could move the other's fresh one away.
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (readLock(aside) !== text) linked(aside, path);
  rmSync(aside, { force: true });
}

function readLock(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new DamagedFileError(path, `cannot be read (${code})`, WAY_OUT);
  }
}

const WAY_OUT = 'If no run works in this folder, delete it';

function holderIn(path: string, text: string): ProcessIdentity {
  try {
    const { pid, host } = JSON.parse(text) as Partial<ProcessIdentity>;
    if (Number.isInteger(pid) && typeof host === 'string') return JSON.parse(text) as ProcessIdentity;
  } catch {}
  throw new DamagedFileError(path, 'does not say which process works in this folder', WAY_OUT);
}

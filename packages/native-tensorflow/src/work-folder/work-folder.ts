import { mkdir, mkdtemp, readdir, rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { isProcess, type LockHolder, releaseLock, takeLock } from './folder-lock.js';

/** Beside what is worked at, so that what is made in it can be renamed into place. */
const FOLDER = '.native-tensorflow';
const LOCK = 'lock.json';

/**
 * Calls `use` with a new folder inside `place`, which is gone afterwards, while no other process does the same.
 *
 * Waits for a process that does. What a killed one left is removed first.
 */
export async function withWorkFolder<T>(
  place: string,
  { say, signal }: { readonly say: (line: string) => void; readonly signal: AbortSignal },
  use: (folder: string, hasWaited: boolean) => Promise<T>,
): Promise<T> {
  const folder = join(place, FOLDER);
  const lock = join(folder, LOCK);
  let hasWaited = false;
  for (let holder = await lockFolder(folder); holder; holder = await lockFolder(folder)) {
    if (!hasWaited) say(`Waiting for process ${holder.pid} on ${holder.host}, which is at work in ${folder}`);
    hasWaited = true;
    await setTimeout(500, undefined, { signal });
  }
  try {
    await removeLeftovers(folder);
    return await use(await mkdtemp(join(folder, 'work-')), hasWaited);
  } finally {
    await removeLeftovers(folder);
    releaseLock(lock);
    // Another process may have come meanwhile.
    await rmdir(folder).catch(() => undefined);
  }
}

/** Removes what killed processes left in `packageFolder`, unless another process is at work there. */
export async function removeWorkFolder(packageFolder: string): Promise<void> {
  const folder = join(packageFolder, FOLDER);
  if (!(await readdir(folder).catch(() => undefined))) return;
  if (await lockFolder(folder)) return;
  await removeLeftovers(folder);
  releaseLock(join(folder, LOCK));
  await rmdir(folder).catch(() => undefined);
}

/** Takes the lock of `folder` for this process, or returns the process that holds it. */
async function lockFolder(folder: string): Promise<LockHolder | undefined> {
  try {
    // Not recursive: Node then tells of a read-only disk as of a missing folder.
    await mkdir(folder);
  } catch (error) {
    const isFile = (await stat(folder).catch(() => undefined))?.isDirectory() === false;
    if (isFile || (error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  try {
    return takeLock(join(folder, LOCK));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    // The process that held it has just removed the folder.
    return lockFolder(folder);
  }
}

async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    // A process that is about to take the lock has a file of its own, ending in its number.
    if (name === LOCK || isProcess(Number(/\.(\d+)$/.exec(name)?.[1] ?? Number.NaN))) continue;
    // Programs that a killed process had started may still write into its folder.
    await rm(join(folder, name), { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

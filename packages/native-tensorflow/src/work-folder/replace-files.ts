import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Moves the native parts of `from` into the package `to`, and those that were there into the new folder `aside`.
 *
 * Ended at any point, it leaves the old ones or none: a binding is what shows that TensorFlow is there, so the old one
 * leaves before its libraries, and the new one comes after its own. Where the system refuses, the old ones come back.
 */
export async function replaceFiles(from: string, to: string, aside: string): Promise<void> {
  await mkdir(aside);
  const moves = [
    [join(to, 'lib'), join(aside, 'lib')],
    [join(to, 'deps'), join(aside, 'deps')],
    [join(from, 'deps'), join(to, 'deps')],
    [join(from, 'lib'), join(to, 'lib')],
  ] as const;
  const done: (readonly [string, string])[] = [];
  try {
    for (const [source, destination] of moves) {
      if (!existsSync(source)) continue;
      await rename(source, destination);
      done.push([source, destination]);
    }
  } catch (error) {
    for (const [source, destination] of done.reverse()) await rename(destination, source);
    throw error;
  }
  // What node-gyp left beside them belongs to the old ones.
  await rm(join(to, 'build'), { recursive: true, force: true });
}

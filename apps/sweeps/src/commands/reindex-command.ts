import { statSync } from 'node:fs';
import { rebuildIndex, runFiles } from '../store/index.js';
import { SweepError } from '../sweep-error.js';
import { tellDamage } from './tell-damage.js';

/** Makes the index of the run folder `dir` again from the files of its trials, and returns the exit code. */
export async function reindexCommand(dir: string): Promise<number> {
  const { index } = runFiles(dir);
  const damage = new Set<string>();
  const trials = await rebuildIndex(dir, (message) => damage.add(message)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === undefined) throw error;
    throw new SweepError(
      `reindex: ${index} cannot be written (${error.code}). Nothing but your own queries needs it: copy the folder to make them.`,
      { cause: error },
    );
  });
  process.stdout.write(`${index}: ${trials} trials, ${(statSync(index).size / 1e6).toFixed(1)} MB.\n`);
  return tellDamage(damage);
}

import { statSync } from 'node:fs';
import { rebuildIndex } from './open-run.js';
import { runFiles } from './run-folder.js';

/** Makes the index of the run folder `dir` again from the files of its trials. */
export async function reindexCommand(dir: string): Promise<void> {
  const trials = await rebuildIndex(dir);
  const { index } = runFiles(dir);
  process.stdout.write(`${index}: ${trials} trials, ${(statSync(index).size / 1e6).toFixed(1)} MB.\n`);
}

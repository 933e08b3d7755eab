import { statSync } from 'node:fs';
import { rebuildIndex, runFiles } from '../store/index.js';
import { SweepError } from '../sweep-error.js';
import { damageCode } from './damage-code.js';
import type { DocumentOf } from './documents/document-parts.js';
import type { reindexDocument } from './documents/folder-documents.js';
import { type CommandResult, textOf } from './output/command-result.js';

/** Makes the index of the run folder `dir` again from the files of its trials. */
export async function reindexCommand(dir: string): Promise<CommandResult<DocumentOf<typeof reindexDocument>>> {
  const { index } = runFiles(dir);
  const damage = new Set<string>();
  const trials = await rebuildIndex(dir, (message) => damage.add(message)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === undefined) throw error;
    throw new SweepError(
      `reindex: ${index} cannot be written (${error.code}). Nothing but your own queries needs it: copy the folder to make them.`,
      { cause: error },
    );
  });
  const bytes = statSync(index).size;
  return {
    data: { dir, index, trials, bytes },
    text: () => textOf([`${index}: ${trials} trials, ${(bytes / 1e6).toFixed(1)} MB.`]),
    warnings: [...damage],
    exitCode: damageCode([...damage]),
  };
}

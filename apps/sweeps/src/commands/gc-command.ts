import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isFinished } from '../schema/index.js';
import { LEASE_SECONDS, openRun, readStatus, runFiles, trialFiles, underLease } from '../store/index.js';
import { damageCode } from './damage-code.js';
import type { DocumentOf } from './documents/document-parts.js';
import type { gcDocument } from './documents/folder-documents.js';
import { type CommandResult, textOf } from './output/command-result.js';

/**
 * Removes the checkpoints of the finished trials of the run folder `dir`, or with `dryRun` says what that would free.
 */
export async function gcCommand(
  dir: string,
  { dryRun = false }: { readonly dryRun?: boolean },
): Promise<CommandResult<DocumentOf<typeof gcDocument>>> {
  let bytes = 0;
  let trials = 0;
  const { records, damage } = await openRun(dir);
  for (const { trial } of records) {
    const folder = runFiles(dir).trial(trial.id);
    const { checkpoints } = trialFiles(folder);
    if (!existsSync(checkpoints) || !isFinished(readStatus(folder))) continue;
    const size = folderSize(checkpoints);
    // A trial that somebody works on is left alone.
    const isFree = dryRun || underLease(folder, LEASE_SECONDS, () => rmSync(checkpoints, { recursive: true }));
    if (!isFree) continue;
    bytes += size;
    trials++;
  }
  const verb = dryRun ? 'would free' : 'freed';
  return {
    data: { dir, isDryRun: dryRun, bytes, trials },
    text: () => textOf([`${dir}: ${verb} ${(bytes / 1e6).toFixed(1)} MB of checkpoints of ${trials} finished trials.`]),
    warnings: [...damage],
    exitCode: damageCode([...damage]),
  };
}

function folderSize(folder: string): number {
  const stat = statSync(folder);
  if (!stat.isDirectory()) return stat.size;
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

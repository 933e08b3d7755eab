import { readJson, readUnlessDamaged } from './read-json.js';
import { trialFiles } from './trial-folder.js';
import { writeJson } from './write-file-safely.js';

/** Asks the trial in `dir` to stop, and says why. */
export function requestPrune(dir: string, reason: string): void {
  try {
    writeJson(trialFiles(dir).prune, { reason });
  } catch {
    // A full disk, say: the trial goes on, and is asked again after its next epoch.
  }
}

/** Why the trial in `dir` was asked to stop; undefined where it was not, and where the file that asks is damaged. */
export function readPruneReason(dir: string): string | undefined {
  const { prune } = trialFiles(dir);
  const isValid = (value: unknown) => typeof (value as { reason?: unknown } | null)?.reason === 'string';
  return readUnlessDamaged(() => readJson<{ reason: string }>(prune, { isValid })).value?.reason;
}

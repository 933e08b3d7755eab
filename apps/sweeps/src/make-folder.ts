import { existsSync, mkdirSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { SweepError } from './sweep-error.js';

/** Makes the folder `dir` and those above it, where they are not there. */
export function makeFolder(dir: string): void {
  // Node 20 tries for ever to make a folder below a working folder that has been deleted.
  if (!isAbsolute(dir)) assertWorkingFolder();
  mkdirSync(dir, { recursive: true });
}

/** Throws a `SweepError` where the folder that relative paths are of has been deleted. */
export function assertWorkingFolder(): void {
  try {
    if (existsSync(process.cwd())) return;
  } catch {
    // Its name is not known any more.
  }
  throw new SweepError(
    'The working folder has been deleted, and paths are relative to it. Start again in a folder that is there.',
  );
}

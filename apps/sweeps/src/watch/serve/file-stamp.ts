import { statSync } from 'node:fs';

/** Changes whenever the file at `path` does; the same for a file that is not there. */
export function stampOf(path: string): string {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat ? `${stat.ino} ${stat.mtimeMs} ${stat.size}` : NO_FILE;
  } catch {
    return 'unreadable';
  }
}

/** The stamp of a file that is not there. */
export const NO_FILE = 'none';

/** When the file at `path` was last written, in milliseconds; 0 where there is none. */
export function writtenAt(path: string): number {
  try {
    return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  } catch {
    return 0;
  }
}

import { posix } from 'node:path';
import { isSource } from './room-graph.js';

/** What a folder may hold, so that a stranger finds his file by the names of folders. */
const MOST_FILES = 30;

/** An error for each folder that holds too many source files of its own. */
export function crowdedFolders(paths: Iterable<string>): string[] {
  const counts = new Map<string, number>();
  for (const path of paths) {
    if (!isSource(path)) continue;
    const folder = posix.dirname(path);
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  return [...counts]
    .filter(([, count]) => count > MOST_FILES)
    .map(
      ([folder, count]) =>
        `${folder}: a folder must hold at most ${MOST_FILES} source files, got ${count}. Move those that change together into a folder of their own.`,
    );
}

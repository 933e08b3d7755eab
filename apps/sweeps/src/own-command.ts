import { fileURLToPath } from 'node:url';

/** Starts this program again, built or under a TypeScript loader: the entry next to this file, with this process's own flags. */
export function ownCommand(): [string, ...string[]] {
  const entry = import.meta.url.endsWith('.ts') ? './cli.ts' : './cli.js';
  return [process.execPath, ...process.execArgv, fileURLToPath(new URL(entry, import.meta.url))];
}

import { EXIT } from './exit-codes.js';

/** Prints what of a run folder is damaged, a line each on stderr, and returns the exit code of a command that left it out. */
export function tellDamage(damage: Iterable<string>): number {
  const lines = [...damage];
  for (const line of lines) process.stderr.write(`${line}\n`);
  return lines.length > 0 ? EXIT.failed : EXIT.ok;
}

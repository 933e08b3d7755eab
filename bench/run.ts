// Runs every benchmark of this folder, or the one named on the command line: `pnpm bench conv`.
import { readdirSync } from 'node:fs';

/** A benchmark file's default export: measures, prints a table and writes `results/<name>.json`. */
export type Benchmark = () => Promise<void>;

const names = readdirSync(new URL('./', import.meta.url))
  .filter((file) => file.endsWith('.ts') && !['run.ts', 'measure.ts'].includes(file))
  .map((file) => file.slice(0, -'.ts'.length));
const wanted = process.argv[2];
if (wanted !== undefined && !names.includes(wanted)) {
  throw new RangeError(`bench: \`name\` must be one of ${names.join(', ')}, got ${wanted}.`);
}
for (const name of wanted === undefined ? names : [wanted]) {
  const { default: benchmark } = (await import(new URL(`${name}.ts`, import.meta.url).href)) as { default: Benchmark };
  await benchmark();
}

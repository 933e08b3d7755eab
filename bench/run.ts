// Runs every benchmark, or those named on the command line: `pnpm bench [NAME ...] [--quick] [--only CASE] [--without CONTESTANT]`.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { BENCHES } from './benches.js';
import type { Bench, BenchResult } from './figures/bench-result.js';
import { withResults } from './report/readme.js';
import { resultsSection } from './report/results-table.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    without: { type: 'string', multiple: true, default: [] },
    // For gpu alone, which looks for it itself.
    force: { type: 'boolean', default: false },
  },
});
const unknown = positionals.find((name) => !Object.hasOwn(BENCHES, name));
if (unknown !== undefined) {
  throw new RangeError(`bench: \`NAME\` must be one of ${Object.keys(BENCHES).join(', ')}, got ${unknown}.`);
}
const failures: string[] = [];
for (const name of positionals.length > 0 ? positionals : Object.keys(BENCHES)) {
  try {
    const { default: run } = (await import(new URL(`benches/${name}.ts`, import.meta.url).href)) as { default: Bench };
    const result = await run({ quick: values.quick, only: values.only, without: values.without });
    console.log(`${resultsSection(name, BENCHES[name]!, result)}\n`);
    for (const { name: which, extra } of result.cases) {
      if (extra?.failure !== undefined) failures.push(`${name}, ${which}: ${extra.failure}`);
    }
    // What could not be measured here may have been elsewhere.
    if (!values.quick && result.cases.some(({ ours }) => ours !== null)) record(name, result);
  } catch (error) {
    failures.push(`${name}: ${(error as Error).stack}`);
  }
}
if (values.quick) console.log('A quick run is not recorded.');
for (const failure of failures) console.error(`FAILED ${failure}`);
// Some backends keep the process alive.
process.exit(failures.length > 0 ? 1 : 0);

/** Writes a result; with `--only`, its cases replace those of the same names on the same machine. */
function record(name: string, result: BenchResult): void {
  const at = (path: string) => new URL(path, import.meta.url);
  mkdirSync(at('results/'), { recursive: true });
  const file = at(`results/${name}.json`);
  const last = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as BenchResult) : undefined;
  const isMade = (which: string) => result.cases.some((made) => made.name === which);
  const kept = values.only !== '' && last?.machine === result.machine ? last.cases : [];
  const cases = [...kept.filter((each) => !isMade(each.name)), ...result.cases];
  writeFileSync(file, `${JSON.stringify({ ...result, cases }, null, 2)}\n`);
  const recorded = Object.fromEntries(
    Object.keys(BENCHES)
      .filter((each) => existsSync(at(`results/${each}.json`)))
      .map((each) => [each, JSON.parse(readFileSync(at(`results/${each}.json`), 'utf8')) as BenchResult]),
  );
  writeFileSync(at('README.md'), withResults(readFileSync(at('README.md'), 'utf8'), recorded));
}

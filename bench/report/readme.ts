import { BENCHES } from '../benches.js';
import type { BenchResult } from '../figures/bench-result.js';
import { resultsSection } from './results-table.js';

const START = '<!-- results -->';
const END = '<!-- /results -->';

/** The README with the sections of `results`, by the names of the benchmarks, between its two marks. */
export function withResults(readme: string, results: Readonly<Record<string, BenchResult>>): string {
  const [start, end] = [readme.indexOf(START), readme.indexOf(END)];
  if (start < 0 || end < start) throw new Error(`bench/README.md must contain ${START} and, behind it, ${END}.`);
  const sections = Object.entries(BENCHES).flatMap(([name, description]) =>
    results[name] === undefined ? [] : [resultsSection(name, description, results[name])],
  );
  return `${readme.slice(0, start + START.length)}\n\n${sections.join('\n\n')}\n\n${readme.slice(end)}`;
}

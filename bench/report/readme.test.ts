import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BENCHES } from '../benches.js';
import type { BenchResult } from '../figures/bench-result.js';
import { withResults } from './readme.js';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const recorded = Object.keys(BENCHES).filter((name) =>
  readdirSync(new URL('../results/', import.meta.url)).includes(`${name}.json`),
);
const resultOf = (name: string) => JSON.parse(read(`../results/${name}.json`)) as BenchResult;

describe('the README', () => {
  it('shows the results of the last run', () => {
    const readme = read('../README.md');
    const results = Object.fromEntries(recorded.map((name) => [name, resultOf(name)]));
    expect(withResults(readme, results)).toBe(readme);
  });

  it('needs its two marks', () => {
    expect(() => withResults('no marks', {})).toThrow('bench/README.md must contain <!-- results -->');
  });
});

it.each(recorded)('results/%s.json holds what a result holds, and no failure', (name) => {
  const { cases, ...facts } = resultOf(name);
  expect(Object.keys(facts)).toEqual(['machine', 'date']);
  expect(facts.machine).toMatch(/, \d+ cores$/);
  for (const each of cases) {
    expect(Object.keys(each).filter((key) => key !== 'extra')).toEqual(['name', 'ours', 'peers', 'ratio']);
    expect(each.extra?.failure, each.name).toBeUndefined();
  }
});

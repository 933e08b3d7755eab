import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/* docs/log.md: its form, and that figures which are links stand in the file that they link to. */

const docs = fileURLToPath(new URL('../docs/', import.meta.url));
const read = (path: string) => readFileSync(`${docs}${path}`, 'utf8');
const entries = read('log.md')
  .split(/^## /m)
  .slice(1)
  .map((text) => ({ heading: text.slice(0, text.indexOf('\n')), text, date: text.slice(0, 10) }));

interface Results {
  readonly date: string;
  readonly cases: readonly {
    readonly name: string;
    readonly ours: number | null;
    readonly peers: Readonly<Record<string, number>>;
  }[];
}

/** A figure of a case, "CASE" or "CASE; PEER", as the tables of the benchmarks write it. */
function figureOf(results: Results, title: string): string | undefined {
  const [name, peer] = title.split('; ');
  const found = results.cases.find((each) => each.name === name);
  const figure = peer === undefined ? found?.ours : found?.peers[peer];
  return typeof figure === 'number' ? String(Number(figure.toPrecision(3))) : undefined;
}

const LINK = /\[([^\]]+)\]\(([^)\s]+?)(?:#[^)\s]*)?(?: "([^"]+)")?\)/g;
/** A label that is a figure, and more than the number of a decision. */
const isFigure = (label: string) => /^(-?\d|batch\^)/.test(label);

it('has headings of a date and what came out, the newest first', () => {
  for (const { heading } of entries) expect(heading).toMatch(/^\d{4}-\d{2}-\d{2} — [A-Z\d].*[^.]$/);
  const dates = entries.map(({ date }) => date);
  expect(dates).toEqual(dates.toSorted().toReversed());
  for (const date of dates) expect(new Date(date).toISOString().slice(0, 10)).toBe(date);
});

it('has entries of two to six lines', () => {
  for (const { heading, text } of entries) {
    const lines = text.trim().split('\n').slice(2);
    expect(lines.length, heading).toBeGreaterThanOrEqual(2);
    expect(lines.length, heading).toBeLessThanOrEqual(6);
  }
});

describe.each(entries)('$heading', ({ text, date }) => {
  const links = [...text.matchAll(LINK)].map(([, label, path, title]) => ({ label: label!, path: path!, title }));

  it('links files that exist', () => {
    expect(links.map(({ path }) => path).filter((path) => !existsSync(`${docs}${path}`))).toEqual([]);
  });

  it('quotes figures as they stand there', () => {
    for (const { label, path, title } of links) {
      if (title !== undefined) {
        const results = JSON.parse(read(path)) as Results;
        expect(figureOf(results, title), title).toBeDefined();
        if (results.date.slice(0, 10) === date) expect(figureOf(results, title), title).toBe(label);
      } else if (isFigure(label)) {
        expect(read(path).replaceAll(/\s+/g, ' '), path).toContain(label);
      }
    }
  });
});

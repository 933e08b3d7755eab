import { expect, it } from 'vitest';
import { formatWhen } from '../../../../page/home/format-when.js';
import { foundSweeps } from '../../../../page/home/found-sweeps.js';
import type { SweepRow } from './sweep-row.js';

const row = (folder: string, written: string, more: Partial<SweepRow> = {}): SweepRow => ({
  ...{ folder, name: folder, words: [], state: 'finished', counts: {}, total: 1, ended: 1, damage: [] },
  ...{ written, ...more },
});
const rows = [
  row('b', '2026-01-01T00:00:00Z', { state: 'running' }),
  row('c', '2026-01-02T00:00:00Z', { description: 'Clip at 0.01', words: ['nfnet_f0', 'mnist'] }),
  row('a', '2026-01-01T00:00:00Z', { state: 'running' }),
  row('d', '2026-01-03T00:00:00Z', { state: 'stopped', counts: { failed: 1 } }),
];
const found = (search: string) => foundSweeps(rows, search).map(({ folder }) => folder);

it('lists those that run in a fixed order, then the newest', () => {
  expect(found('')).toEqual(['a', 'b', 'd', 'c']);
  expect(found('  ')).toEqual(['a', 'b', 'd', 'c']);
});

it('finds sweeps that have every word somewhere, in any case', () => {
  expect(found('clip MNIST')).toEqual(['c']);
  expect(found('failed')).toEqual(['d']);
  expect(found('running')).toEqual(['a', 'b']);
  expect(found('mnist running')).toEqual([]);
});

it('says how long ago', () => {
  const now = Date.parse('2026-01-02T12:00:00Z');
  const ago = (seconds: number) => formatWhen(new Date(now - 1000 * seconds).toISOString(), now);
  expect([-5, 59, 60, 3599, 3600, 86_399].map(ago)).toEqual([
    ...['just now', 'just now', '1 min ago', '59 min ago', '1 h ago', '23 h ago'],
  ]);
  expect(ago(3 * 86_400)).toBe('2025-12-30');
});

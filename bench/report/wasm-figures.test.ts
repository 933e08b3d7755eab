import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { BenchResult } from '../figures/bench-result.js';
import { withFigures } from './wasm-figures.js';

const at = (path: string) => new URL(path, import.meta.url);
const recorded = at('../results/wasm.json');
const readme = readFileSync(at('../../packages/wasm-training/README.md'), 'utf8');

/** The formatter pads the columns of tables. */
const unpadded = (text: string) => text.replaceAll(/ +/g, ' ').replaceAll(/-+(:?) \|/g, '---$1 |');

describe('the README of @nfnets/wasm-training', () => {
  it.runIf(existsSync(recorded))('shows the figures of the last run', () => {
    const result = JSON.parse(readFileSync(recorded, 'utf8')) as BenchResult;
    expect(unpadded(withFigures(readme, result))).toBe(unpadded(readme));
  });

  it('needs its two marks', () => {
    expect(() => withFigures('none', { machine: '', date: '', cases: [] })).toThrow('<!-- figures -->');
  });
});

describe('withFigures', () => {
  it('has a row for each shape, and columns for each number of threads', () => {
    const figure = (threads: number, gigaflops: number, direction?: string) => ({
      name: 'any',
      ours: gigaflops / 10,
      peers: { 'tfjs cpu': 9, 'tfjs wasm': 3 },
      ratio: 1,
      extra: {
        what: direction ? '[1] * [2]' : 'tanh',
        threads,
        gigaflops,
        versions: 'Node 20',
        ...(direction ? { direction } : {}),
      },
    });
    const cases = [
      figure(1, 25, 'forward'),
      figure(2, 50, 'forward'),
      figure(1, 24, 'gradient'),
      figure(2, 44, 'gradient'),
      figure(1, 12),
      figure(2, 6),
    ];
    const text = withFigures('<!-- figures --><!-- /figures -->', { machine: 'any, 2 cores', date: '', cases });
    expect(text).toContain('(any, 2 cores, Node 20; `pnpm bench wasm`)');
    expect(text).toContain(
      '| shape | forward, 1 thread | gradient, 1 thread | forward, 2 threads | gradient, 2 threads |',
    );
    expect(text).toContain('| [1] * [2] | 25 | 24 | 50 | 44 |');
    expect(text).toContain('| tanh | 1.2 | 0.6 | 3 |');
  });
});

import type { BenchResult } from '../figures/bench-result.js';

const START = '<!-- figures -->';
const END = '<!-- /figures -->';

/** What `wasm` says of a case beside its figures. */
export interface WasmFacts {
  /** The kernel, or the shape of the convolution, and which of its kernels this is. */
  readonly what: string;
  readonly direction?: string;
  readonly threads: number;
  readonly gigaflops?: number;
  /** How many times faster than on one thread. */
  readonly timesOneThread?: number;
  readonly versions: string;
}

/** The README of @nfnets/wasm-training with what `wasm` measured, as two tables, between its two marks. */
export function withFigures(readme: string, { machine, cases }: BenchResult): string {
  const [start, end] = [readme.indexOf(START), readme.indexOf(END)];
  if (start < 0 || end < start) throw new Error(`The README must contain ${START} and, behind it, ${END}.`);
  const all = cases.map((each) => ({ ...each, facts: each.extra as unknown as WasmFacts }));
  const counts = distinct(all.map(({ facts }) => facts.threads));
  const convolutions = all.filter(({ facts }) => facts.direction !== undefined);
  const others = all.filter(({ facts }) => facts.direction === undefined);
  const directions = distinct(convolutions.map(({ facts }) => facts.direction!));
  const rows = <T extends { readonly facts: WasmFacts }>(of: readonly T[], cells: (own: readonly T[]) => unknown[]) =>
    distinct(of.map(({ facts }) => facts.what)).map((what) => [
      what,
      ...cells(of.filter(({ facts }) => facts.what === what)),
    ]);
  const lines = [
    `Convolutions in GFLOP/s (${machine}, ${all[0]?.facts.versions}; \`pnpm bench wasm\`):`,
    '',
    ...table(
      ['shape', ...counts.flatMap((count) => directions.map((direction) => `${direction}, ${threadsOf(count)}`))],
      rows(convolutions, (own) =>
        own.toSorted((a, b) => a.facts.threads - b.facts.threads).map(({ facts }) => facts.gigaflops),
      ),
    ),
    '',
    'Other kernels in milliseconds, and those of TensorFlow.js, where it has them:',
    '',
    ...table(
      ['kernel', ...counts.map(threadsOf), 'TensorFlow.js'],
      rows(others, (own) => [...own.map(({ ours }) => ours), own[0]!.peers['tfjs wasm'] ?? '']),
    ),
  ];
  return `${readme.slice(0, start + START.length)}\n\n${lines.join('\n')}\n\n${readme.slice(end)}`;
}

/** `1 thread`, `2 threads`. */
export function threadsOf(count: number): string {
  return count === 1 ? '1 thread' : `${count} threads`;
}

function table(header: readonly string[], rows: readonly (readonly unknown[])[]): string[] {
  const alignment = header.map((_, i) => (i === 0 ? '---' : '---:'));
  return [header, alignment, ...rows].map((row) => `| ${row.join(' | ')} |`);
}

function distinct<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}

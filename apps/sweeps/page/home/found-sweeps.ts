import type { SweepRow } from '../messages.js';

/** The sweeps that have every word of `search` somewhere, in any case; those that run first, then the newest. Pure. */
export function foundSweeps(sweeps: Iterable<SweepRow>, search: string): SweepRow[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return [...sweeps]
    .filter((sweep) => {
      const text = textOf(sweep);
      return words.every((word) => text.includes(word));
    })
    .sort(
      (a, b) =>
        Number(b.state === 'running') - Number(a.state === 'running') ||
        // Those that run write all the time: their order would never rest.
        (a.state === 'running' ? 0 : b.written.localeCompare(a.written)) ||
        a.folder.localeCompare(b.folder, 'en'),
    );
}

const textOf = ({ folder, name, description = '', words, state, best, counts, damage }: SweepRow): string =>
  [folder, name, description, ...words, state, best?.at ?? '', ...Object.keys(counts), ...damage]
    .join(' ')
    .toLowerCase();

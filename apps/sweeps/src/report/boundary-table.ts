import { type Axis, boundaries, sweptAxes, valuesOf } from '../plan/index.js';
import type { SweepConfig, TrialRecord } from '../schema/index.js';
import { textTable } from '../text/index.js';

/** What a boundary search has found, a line for each combination of the other axes; none where nothing is searched. Pure. */
export function boundaryTable(config: SweepConfig, records: readonly TrialRecord[]): string[] {
  const { boundary } = config;
  if (boundary === undefined) return [];
  const found = boundaries({ ...config, boundary }, records);
  const axes = sweptAxes(found.map(({ cell }) => valuesOf(cell)));
  const placeOf = ({ path, values }: Axis, { cell }: (typeof found)[number]) => values.indexOf(valuesOf(cell)[path]);
  // The search goes where it learns most; a reader wants the order of the axes.
  const rows = found.toSorted(
    (a, b) => axes.map((axis) => placeOf(axis, a) - placeOf(axis, b)).find((way) => way !== 0) ?? 0,
  );
  return [
    `The largest ${boundary.axis} that is stable:`,
    ...textTable(rows, [
      ...axes.map(({ path, short, label }) => ({
        title: short,
        align: 'right' as const,
        cell: ({ cell }: (typeof rows)[number]) => label(valuesOf(cell)[path]),
      })),
      { title: 'stable', align: 'right' as const, cell: ({ stable }) => String(stable ?? '-') },
      { title: 'unstable', align: 'right' as const, cell: ({ unstable }) => String(unstable ?? '-') },
      {
        title: 'diverged',
        cell: ({ tried }) => tried.map(({ value, diverged, of }) => `${diverged} of ${of} at ${value}`).join(', '),
      },
    ]),
  ];
}

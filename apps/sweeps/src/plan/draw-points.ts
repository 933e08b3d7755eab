import { createHash } from 'node:crypto';
import {
  axisValueAt,
  axisValues,
  countAxisValues,
  isWholeKey,
  type SweepConfig,
  type WrittenAxis,
} from '../schema/index.js';
import { sobolPoint } from './sobol.js';

/** A value for each axis. */
export type Point = Readonly<Record<string, unknown>>;

/** Axes that advance together: one alone, or those of a `zip`. */
type AxisGroup = readonly (readonly [key: string, axis: WrittenAxis])[];

type Axes = Pick<SweepConfig, 'axes' | 'zip' | 'method'>;

/** Draws the points of a sweep by its method: all combinations, the last axis fastest, or `count` of them. Pure. */
export function drawPoints({ axes, zip, method }: Axes): Point[] {
  const groups = groupAxes({ axes, zip });
  if (method === undefined || method.name === 'grid') {
    return groups.reduce<Point[]>(
      (points, group) => points.flatMap((point) => groupPoints(group).map((values) => ({ ...point, ...values }))),
      [{}],
    );
  }
  const { name, count = 0, seed } = method;
  return Array.from({ length: count }, (_, i) => {
    const coordinates = name === 'sobol' ? sobolPoint(i, groups.length) : undefined;
    const parts = groups.map((group, dimension) => {
      const key = group[0]![0];
      // A point depends on nothing but its number: with more of them, or another axis, the others stay what they are.
      const u = coordinates
        ? (coordinates[dimension]! + hashToUnit(`${seed} ${key}`)) % 1
        : hashToUnit(`${seed} ${i} ${key}`);
      return groupPointAt(group, u);
    });
    return Object.assign({}, ...parts) as Point;
  });
}

/** How many points `drawPoints` gives, without making them. */
export function countPoints({ axes, zip, method }: Axes): number {
  if (method !== undefined && method.name !== 'grid') return method.count ?? 0;
  return groupAxes({ axes, zip }).reduce((product, group) => product * countAxisValues(group[0]![1]), 1);
}

/** The axes in their order, those of a `zip` together at the place of the first. */
export function groupAxes({ axes, zip = [] }: Pick<SweepConfig, 'axes' | 'zip'>): AxisGroup[] {
  const groups: AxisGroup[] = [];
  const placed = new Set<string>();
  for (const [key, axis] of Object.entries(axes)) {
    if (placed.has(key)) continue;
    const keys = zip.find((names) => names.includes(key)) ?? [key];
    groups.push(keys.map((name) => [name, name === key ? axis : axes[name]!] as const));
    for (const name of keys) placed.add(name);
  }
  return groups;
}

function groupPoints(group: AxisGroup): Point[] {
  const columns = group.map(([key, axis]) => [key, axisValues(axis)] as const);
  return columns[0]![1].map((_, i) => Object.fromEntries(columns.map(([key, values]) => [key, values[i]])));
}

const groupPointAt = (group: AxisGroup, u: number): Point =>
  Object.fromEntries(group.map(([key, axis]) => [key, axisValueAt(axis, u, isWholeKey(key))]));

/** A number in [0, 1) that depends on `text` alone. */
function hashToUnit(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE() / 2 ** 32;
}

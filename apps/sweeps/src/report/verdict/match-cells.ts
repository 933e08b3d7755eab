import { type Axis, type Combination, combinationKey, sweptAxes } from '../../plan/index.js';
import type { Cell } from './cells.js';

/** Two cells that differ in what is asked about, and in nothing else. */
export interface CellPair {
  readonly a: Cell;
  readonly b: Cell;
}

/** What is compared with what. */
export interface MatchedCells {
  readonly pairs: readonly CellPair[];
  /** What A and B differ in throughout. */
  readonly treatment: readonly Axis[];
  /** What tells the pairs apart. */
  readonly axes: readonly Axis[];
  /** All cells whose noise is known, in groups of equal values but for what is asked about: the pair, where there is one, in front. */
  readonly groups: readonly (readonly Cell[])[];
}

/** Matches the cells of A and B that are equal but for what is the same throughout A, the same throughout B, and not the same in both. Pure. */
export function matchCells(a: readonly Cell[], b: readonly Cell[], all: readonly Cell[]): MatchedCells {
  const isTreated = treatedPaths(a, b);
  const rest = ({ values }: Cell) => combinationKey(values, isTreated);
  const partners = new Map(b.map((cell) => [rest(cell), cell]));
  const pairs = a.flatMap((cell) => {
    const partner = partners.get(rest(cell));
    return partner ? [{ a: cell, b: partner }] : [];
  });
  const groups = new Map<string, Cell[]>(pairs.map((pair) => [rest(pair.a), [pair.a, pair.b]]));
  for (const cell of all) {
    const group = groups.get(rest(cell));
    if (group === undefined) groups.set(rest(cell), [cell]);
    else if (!group.includes(cell)) group.push(cell);
  }
  const axes = sweptAxes(pairs.flatMap((pair) => [pair.a.values, pair.b.values]));
  return {
    pairs,
    treatment: axes.filter(({ path }) => isTreated.has(path)),
    axes: axes.filter(({ path }) => !isTreated.has(path)),
    groups: [...groups.values()],
  };
}

/** Paths at which all of `a` have one value and all of `b` another. */
function treatedPaths(a: readonly Cell[], b: readonly Cell[]): ReadonlySet<string> {
  const paths = [...new Set([...a, ...b].flatMap(({ values }) => Object.keys(values)))];
  const only = (cells: readonly Cell[], path: string) => new Set(cells.map(({ values }) => values[path]));
  return new Set(
    paths.filter((path) => {
      const [inA, inB] = [only(a, path), only(b, path)];
      return inA.size === 1 && inB.size === 1 && [...inA][0] !== [...inB][0];
    }),
  );
}

/** The paths at which `a` and `b` have no value in common, though one of them has several: what keeps them from being matched. */
export function pathsApart(a: readonly Cell[], b: readonly Cell[]): string[] {
  const isTreated = treatedPaths(a, b);
  const valuesAt = (cells: readonly Cell[], path: string) => new Set(cells.map(({ values }) => values[path]));
  const paths = [...new Set([...a, ...b].flatMap(({ values }: { values: Combination }) => Object.keys(values)))];
  return paths.flatMap((path) => {
    const [inA, inB] = [[...valuesAt(a, path)], [...valuesAt(b, path)]];
    if (isTreated.has(path) || inA.some((value) => inB.includes(value))) return [];
    const list = (values: readonly unknown[]) => values.map((value) => value ?? 'default').join(' or ');
    return [`${path}: ${list(inA)} in A, ${list(inB)} in B`];
  });
}

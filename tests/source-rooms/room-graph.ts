import type { ImportGraph } from './import-graph.js';

/** A folder that has rooms, and its files that wire them together: what `package.json` names. */
export interface House {
  readonly folder: string;
  readonly entryPoints: readonly string[];
}

/** What is no part of the source: tests, what they use, and what a build makes. */
const BESIDE_SOURCE = /\.test\.[a-z]+$|(^|\/)(__fixtures__|generated)\//;
export const isSource = (path: string): boolean => !BESIDE_SOURCE.test(path);

/**
 * Which rooms of `house` import which: a room is a folder in it, or a file that lies beside the folders. Entry points import what they
 * wire together, and tests what they like: neither makes an arrow.
 */
export function roomGraph(graph: ImportGraph, { folder, entryPoints }: House): ImportGraph {
  const rooms = new Map<string, Set<string>>();
  const roomOf = (path: string): string | undefined =>
    path.startsWith(`${folder}/`) && isSource(path) ? path.slice(folder.length + 1).split('/')[0] : undefined;
  for (const [path, imported] of graph) {
    const room = roomOf(path);
    if (room === undefined || entryPoints.includes(path)) continue;
    const arrows = rooms.get(room) ?? new Set();
    rooms.set(room, arrows);
    for (const target of imported) {
      const other = roomOf(target);
      if (other !== undefined && other !== room) arrows.add(other);
    }
  }
  return new Map([...rooms].map(([room, arrows]) => [room, [...arrows].sort()]));
}

/** The imports by which `room` uses `other`: `a/x.ts imports b/y.ts`. */
export const importsBetween = (graph: ImportGraph, folder: string, room: string, other: string): string[] => {
  const lies = (path: string, unit: string) => path === `${folder}/${unit}` || path.startsWith(`${folder}/${unit}/`);
  return [...graph].flatMap(([path, imported]) =>
    lies(path, room) && isSource(path)
      ? imported.filter((target) => lies(target, other)).map((target) => `${path} imports ${target}`)
      : [],
  );
};

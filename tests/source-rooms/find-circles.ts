import type { ImportGraph } from './import-graph.js';

/**
 * The circles of `graph`: for each set of nodes that all reach each other, a shortest way from its first node, by name, back to it:
 * `['a.ts', 'b.ts', 'a.ts']`.
 */
export function findCircles(graph: ImportGraph): string[][] {
  const circles: string[][] = [];
  const told = new Set<string>();
  for (const start of [...graph.keys()].sort()) {
    if (told.has(start)) continue;
    const circle = wayBack(graph, start);
    if (circle === undefined) continue;
    circles.push(circle);
    const ahead = reachable(graph, start);
    for (const node of ahead) if (reachable(graph, node).has(start)) told.add(node);
  }
  return circles;
}

/** The circle as an error tells it. */
export const showCircle = (circle: readonly string[]): string => circle.join('\n  imports ');

/** A shortest way from `start` to itself. */
function wayBack(graph: ImportGraph, start: string): string[] | undefined {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (const node of queue) {
    for (const next of graph.get(node) ?? []) {
      if (next === start) {
        const way = [node, start];
        while (way[0] !== start) way.unshift(cameFrom.get(way[0]!)!);
        return way;
      }
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, node);
      queue.push(next);
    }
  }
  return undefined;
}

/** All that imports lead to from `start`. */
function reachable(graph: ImportGraph, start: string): Set<string> {
  const found = new Set<string>();
  const queue = [start];
  for (const node of queue) {
    for (const next of graph.get(node) ?? []) {
      if (found.has(next)) continue;
      found.add(next);
      queue.push(next);
    }
  }
  return found;
}

import type { ImportGraph } from './import-graph.js';
import { isSource } from './room-graph.js';

/** An error for each import under `folder` that enters another room by any file but its `index.ts`. */
export function pastDoors(graph: ImportGraph, folder: string): string[] {
  const roomOf = (path: string): string | undefined =>
    path.startsWith(`${folder}/`) && isSource(path) ? /^([^/]+)\//.exec(path.slice(folder.length + 1))?.[1] : undefined;
  return [...graph].flatMap(([path, imported]) => {
    if (!path.startsWith(`${folder}/`) || !isSource(path)) return [];
    return imported.flatMap((target) => {
      const room = roomOf(target);
      const door = `${folder}/${room}/index.ts`;
      return room === undefined || room === roomOf(path) || target === door
        ? []
        : `${path} imports ${target}: take it from ${door}, the room's door.`;
    });
  });
}

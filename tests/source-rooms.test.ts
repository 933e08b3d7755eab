import { readdirSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { entryPoints, packageFolders, root as rootFolder } from './public-api.js';
import { crowdedFolders } from './source-rooms/crowded-folders.js';
import { findCircles, showCircle } from './source-rooms/find-circles.js';
import { importGraph } from './source-rooms/import-graph.js';
import { pastDoors } from './source-rooms/past-doors.js';
import { roomArrows } from './source-rooms/room-arrows.js';
import { type House, importsBetween, roomGraph } from './source-rooms/room-graph.js';

const root = new URL('../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const names = (folder: string) => readdirSync(new URL(`${folder}/`, root), { withFileTypes: true });
const files = new Map(
  ['packages', 'apps', 'tools', 'bench', 'tests', 'examples'].flatMap(sourceFiles).map((path) => [path, read(path)]),
);
const graph = importGraph(files);
const houses: House[] = [
  ...packageFolders.map((folder) => ({ folder: `${folder}/src`, entryPoints: entryPointsOf(folder) })),
  { folder: 'bench', entryPoints: ['bench/run.ts'] },
];

describe('the repository', () => {
  it('has no files that import each other in a circle', () => {
    expect(files.size).toBeGreaterThan(500);
    expect(findCircles(graph).map(showCircle)).toEqual([]);
  });

  it('has no folder with too many files', () => {
    expect(crowdedFolders([...files.keys()])).toEqual([]);
  });

  it.each(houses)('has no circle of folders in $folder', (house) => {
    const circles = findCircles(roomGraph(graph, house));
    const told = circles.map((circle) =>
      circle
        .slice(1)
        .flatMap((room, i) => importsBetween(graph, house.folder, circle[i]!, room))
        .join('\n'),
    );
    expect(told).toEqual([]);
  });
});

/** What each room of the sweep app may import: the table in ARCHITECTURE.md. */
const SWEEP_ARROWS = roomArrows(read('ARCHITECTURE.md'));
const SWEEPS = 'apps/sweeps/src';

describe('the sweep app', () => {
  it('has the rooms that ARCHITECTURE.md draws', () => {
    const rooms = names(SWEEPS).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
    expect(Object.keys(SWEEP_ARROWS).sort()).toEqual(rooms.filter((name) => name !== '__fixtures__').sort());
  });

  it('has no arrow between rooms that ARCHITECTURE.md does not draw, and draws none that is not there', () => {
    const house = houses.find(({ folder }) => folder === SWEEPS)!;
    const drawn = Object.entries(SWEEP_ARROWS).map(([room, imported]) => [room, imported.toSorted()]);
    const rooms = [...roomGraph(graph, house)].filter(([room]) => room in SWEEP_ARROWS);
    const found = rooms.map(([room, imported]) => [room, imported.filter((name) => name in SWEEP_ARROWS).toSorted()]);
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(drawn));
  });

  it('has one door to each room: its index.ts, with a word on what comes in and what goes out', () => {
    expect(pastDoors(graph, SWEEPS)).toEqual([]);
    for (const room of Object.keys(SWEEP_ARROWS))
      expect(files.get(`${SWEEPS}/${room}/index.ts`)).toMatch(/^\/\/ .{40}/);
  });

  it('would tell a room that goes around a door, and an arrow that is not drawn', () => {
    const wrong = new Map(graph).set(`${SWEEPS}/plan/sobol.ts`, [`${SWEEPS}/store/run-lock.ts`]);
    expect(pastDoors(wrong, SWEEPS)).toEqual([
      `${SWEEPS}/plan/sobol.ts imports ${SWEEPS}/store/run-lock.ts: take it from ${SWEEPS}/store/index.ts, the room's door.`,
    ]);
    const house = houses.find(({ folder }) => folder === SWEEPS)!;
    expect(roomGraph(wrong, house).get('plan')).toContain('store');
    expect(SWEEP_ARROWS['plan']).not.toContain('store');
  });
});

describe('a made-up tree', () => {
  const tree = new Map([
    ['p/src/index.ts', "export * from './plan/plan.js'; export type { Run } from './run/run.js';"],
    ['p/src/plan/plan.ts', "import type { Run } from '../run/run.js'; export const plan = (run: Run) => run;"],
    ['p/src/plan/axis.ts', "import { readFileSync } from 'node:fs'; export const axis = readFileSync;"],
    ['p/src/plan/axis.test.ts', "import { run } from '../run/run.js'; import './axis.js';"],
    ['p/src/run/run.ts', "import { axis } from '../plan/axis.js'; export type Run = typeof axis;"],
    ['p/src/run/start.ts', "export const start = () => import('./stop.tsx');"],
    ['p/src/run/stop.tsx', "export { wait } from './wait.js';"],
    ['p/src/run/wait.ts', "export const wait: import('./start.js').Start | undefined = undefined;"],
  ]);
  const made = importGraph(tree);

  it('is read with its types, its exports and its dynamic imports', () => {
    expect(Object.fromEntries(made)).toEqual({
      'p/src/index.ts': ['p/src/plan/plan.ts', 'p/src/run/run.ts'],
      'p/src/plan/plan.ts': ['p/src/run/run.ts'],
      'p/src/plan/axis.ts': [],
      'p/src/plan/axis.test.ts': ['p/src/plan/axis.ts', 'p/src/run/run.ts'],
      'p/src/run/run.ts': ['p/src/plan/axis.ts'],
      'p/src/run/start.ts': ['p/src/run/stop.tsx'],
      'p/src/run/stop.tsx': ['p/src/run/wait.ts'],
      'p/src/run/wait.ts': ['p/src/run/start.ts'],
    });
  });

  it('has a circle of files, told file by file', () => {
    expect(findCircles(made).map(showCircle)).toEqual([
      'p/src/run/start.ts\n  imports p/src/run/stop.tsx\n  imports p/src/run/wait.ts\n  imports p/src/run/start.ts',
    ]);
  });

  it('has a circle of folders where no files make one, for which neither its entry point nor its test counts', () => {
    const rooms = roomGraph(made, { folder: 'p/src', entryPoints: ['p/src/index.ts'] });
    expect(Object.fromEntries(rooms)).toEqual({ plan: ['run'], run: ['plan'] });
    expect(findCircles(rooms)).toEqual([['plan', 'run', 'plan']]);
    expect(importsBetween(made, 'p/src', 'plan', 'run')).toEqual(['p/src/plan/plan.ts imports p/src/run/run.ts']);
    expect(importsBetween(made, 'p/src', 'run', 'plan')).toEqual(['p/src/run/run.ts imports p/src/plan/axis.ts']);
  });

  it('tells each of two circles, by the shortest way', () => {
    const two = new Map([
      ['a', ['b', 'c']],
      ['b', ['c']],
      ['c', ['a']],
      ['d', ['a', 'e']],
      ['e', ['d']],
    ]);
    expect(findCircles(two)).toEqual([
      ['a', 'c', 'a'],
      ['d', 'e', 'd'],
    ]);
  });

  it('may hold 30 files in a folder, and not 31; tests, fixtures and generated files are not counted', () => {
    const many = (folder: string, count: number, ending = '.ts') =>
      Array.from({ length: count }, (_, i) => `p/src/${folder}/${i}${ending}`);
    const tree = [
      ...many('full', 30),
      ...many('full', 5, '.test.ts'),
      ...many('full/room', 20),
      ...many('__fixtures__', 40),
      ...many('generated', 40),
      ...many('crowded', 31),
    ];
    expect(crowdedFolders(tree)).toEqual([
      'p/src/crowded: a folder must hold at most 30 source files, got 31. Move those that change together into a folder of their own.',
    ]);
  });
});

/** Paths of the TypeScript and JavaScript files under `folder`, without those that a build or an installation makes. */
function sourceFiles(folder: string): string[] {
  return names(folder).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      return /^(\.|node_modules$|dist$|generated$|runs$)/.test(entry.name) ? [] : sourceFiles(path);
    }
    return /\.(ts|tsx|mts|js|mjs)$/.test(entry.name) ? [path] : [];
  });
}

/** The source files that `package.json` of a package names: its exports, and what its programs import of the build. */
function entryPointsOf(folder: string): string[] {
  const exported = entryPoints.map(({ source }) => relative(rootFolder, source));
  const { bin = {} } = JSON.parse(read(`${folder}/package.json`)) as { readonly bin?: Record<string, string> };
  const started = Object.values(bin).flatMap((program) =>
    [...read(`${folder}/${program}`).matchAll(/['"]\.\.\/dist\/(.+)\.js['"]/g)].map(
      ([, name]) => `${folder}/src/${name}.ts`,
    ),
  );
  return [...exported.filter((path) => path.startsWith(`${folder}/`)), ...started];
}

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** Only these may import a TensorFlow.js backend. */
const BACKEND_USERS = ['backends', 'wasm-training'];

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly dependencies?: Record<string, string>;
  readonly peerDependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
}

const root = new URL('../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
/** Which package may use which: the table of packages in ARCHITECTURE.md. Every other edge is a mistake. */
const EDGES = Object.fromEntries(
  [...read('ARCHITECTURE.md').matchAll(/^\| `(?:packages|apps)\/([a-z-]+)` \|.*\| ([a-z, -]*)\|$/gm)].map(
    ([, name, uses]) => [name!, uses!.split(',').flatMap((used) => used.trim() || [])] as const,
  ),
);
const folders = ['packages', 'apps'].flatMap((parent) =>
  readdirSync(new URL(`${parent}/`, root)).map((name) => [name, `${parent}/${name}`] as const),
);
const manifestOf = (folder: string) => JSON.parse(read(`${folder}/package.json`)) as Manifest;

it('knows every package', () => {
  expect(folders.map(([name]) => name).sort()).toEqual(Object.keys(EDGES).sort());
});

describe.each(folders)('%s', (name, folder) => {
  const manifest = manifestOf(folder);
  const needed = { ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.optionalDependencies };
  const siblings = Object.keys(needed).filter((dependency) => dependency.startsWith('@nfnets/'));

  it('depends on the siblings that ARCHITECTURE.md names, and no other', () => {
    expect(siblings.map((sibling) => sibling.slice('@nfnets/'.length)).sort()).toEqual(EDGES[name]);
  });

  it('imports no package of ours that it does not declare', () => {
    for (const file of sourceFiles(`${folder}/src`)) {
      const imported = [...read(file).matchAll(/^(?:import|export|\}).* from '(@nfnets\/[a-z-]+)/gm)].map(
        (match) => match[1]!,
      );
      expect(
        imported.filter((dependency) => !siblings.includes(dependency)),
        file,
      ).toEqual([]);
    }
  });

  it('leaves backends to those whose job they are', () => {
    if (BACKEND_USERS.includes(name)) return;
    const backends = Object.keys(needed).filter((dependency) =>
      /tfjs-(backend-|node)|^@tensorflow\/tfjs$/.test(dependency),
    );
    expect(backends).toEqual([]);
  });

  it('can be packed by npm: no range that only pnpm reads', () => {
    for (const [dependency, range] of Object.entries(needed)) {
      expect(range, dependency).not.toMatch(/^(workspace|catalog):/);
    }
  });

  it('has what every package has', () => {
    const door = manifest.private ? [] : ['src/index.ts'];
    for (const file of ['README.md', 'package.json', 'tsconfig.json', ...door]) {
      expect(existsSync(new URL(`${folder}/${file}`, root)), file).toBe(true);
    }
  });
});

it('pins tfjs once: every range of it is the catalog’s version', () => {
  const catalog = read('pnpm-workspace.yaml');
  const version = catalog.match(/["']@tensorflow\/tfjs-core["']: (\S+)/)![1]!;
  for (const [, folder] of folders) {
    const { dependencies, peerDependencies, optionalDependencies } = manifestOf(folder);
    for (const [name, range] of Object.entries({ ...dependencies, ...peerDependencies, ...optionalDependencies })) {
      if (name.startsWith('@tensorflow/')) expect(range, `${folder}: ${name}`).toBe(`^${version}`);
    }
  }
});

/** Paths of the source files under `folder`, without tests. */
function sourceFiles(folder: string): string[] {
  return readdirSync(new URL(`${folder}/`, root), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file) && !file.endsWith('.test.ts') && !file.includes('__fixtures__'))
    .map((file) => `${folder}/${file}`);
}

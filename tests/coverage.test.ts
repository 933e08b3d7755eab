import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { NF_REGNET } from '../packages/models/src/presets/nf-regnet-specs.js';
import { NF_RESNET } from '../packages/models/src/presets/nf-resnet-specs.js';
import { NFNET } from '../packages/models/src/presets/nfnet-specs.js';
import { PRESETS } from '../packages/models/src/presets/presets.js';
import { RESNET } from '../packages/models/src/presets/resnet-specs.js';
import { TIMM_NFNET } from '../packages/models/src/presets/timm-specs.js';
import { COVERAGE } from '../tools/peers/coverage.js';
import { EXPORTS, FILES } from '../tools/peers/places.js';
import { namesOf, pathOf, placesOf, renderCoverage } from '../tools/peers/render-coverage.js';

/*
 * docs/coverage.md: what peers have, against ours. `npx vitest run tests/coverage.test.ts -u` writes it anew.
 */
const root = fileURLToPath(new URL('../', import.meta.url));
const read = (path: string) => readFileSync(`${root}${path}`, 'utf8');
const rows = COVERAGE.flatMap(({ tables }) => tables.flatMap((table) => table.rows));
const presets = rows.flatMap(([, ours]) => (typeof ours === 'object' && 'preset' in ours ? [ours.preset] : []));

const TABLES = { NFNET, NF_RESNET, NF_REGNET, TIMM_NFNET, RESNET };
function fileOfPreset(preset: string): string {
  const [table] = Object.entries(TABLES).find(([, each]) => Object.hasOwn(each, preset))!;
  return EXPORTS[table as keyof typeof TABLES];
}

it('is what the tables in tools/peers say', async () => {
  await expect(renderCoverage(COVERAGE, fileOfPreset)).toMatchFileSnapshot('../docs/coverage.md');
});

it.each(Object.entries(EXPORTS))('finds the export %s', (name, path) => {
  const declaration = new RegExp(`^export (async )?(abstract )?(function|class|const|interface|type) ${name}\\b`, 'm');
  expect(read(path), path).toMatch(declaration);
});

it('names files that exist, and each place that it knows of', () => {
  expect(Object.values(FILES).filter((path) => !existsSync(`${root}${path}`))).toEqual([]);
  const named = new Set([...rows.flatMap(placesOf).map(pathOf), ...presets.map(fileOfPreset)]);
  expect(Object.values({ ...EXPORTS, ...FILES }).filter((path) => !named.has(path))).toEqual([]);
});

it('has presets that are presets, and every one of another’s design', () => {
  const known = Object.keys(PRESETS);
  expect(presets.filter((name) => !known.includes(name))).toEqual([]);
  // Not of a peer here: what is ours, what has timm's depths at the authors' design, and EfficientNets.
  const own = /_digits$|^nf_resnet26$|^efficientnet/;
  expect(known.filter((name) => !own.test(name) && !presets.some((preset) => preset === name))).toEqual([]);
});

it('has each name once in a table', () => {
  for (const { tables } of COVERAGE) {
    for (const table of tables) {
      const names = table.rows.flatMap(namesOf);
      expect([...new Set(names)], table.title).toHaveLength(names.length);
    }
  }
});

// biome-ignore-start lint/suspicious/noUndeclaredEnvVars: no task of turbo runs these tests.
const python = process.env['NFNETS_PYTHON'] ?? `${root}bench/.venv/bin/python`;
const clone = process.env['NFNETS_DEEPMIND'];
// biome-ignore-end lint/suspicious/noUndeclaredEnvVars: no task of turbo runs these tests.

const run = (...args: string[]) =>
  execFileSync(python, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

function isThere(peer: string): boolean {
  if (peer === 'deepmind') return clone !== undefined;
  try {
    run('-c', `import importlib.util, sys; sys.exit(importlib.util.find_spec('${peer}') is None)`);
    return true;
  } catch {
    return false;
  }
}

interface PeerNames {
  readonly version: string | null;
  readonly names: Readonly<Record<string, readonly string[]>>;
}

function peerNames(peer: string): PeerNames {
  const printed = run(`${root}tools/reference/peer_names.py`, peer, ...(peer === 'deepmind' ? [clone!] : []));
  // What timm imports may print before it.
  return JSON.parse(printed.trimEnd().split('\n').at(-1)!);
}

const NEEDS = {
  timm: 'needs timm: python3 -m venv bench/.venv && bench/.venv/bin/pip install torch timm, or NFNETS_PYTHON',
  optax: 'needs optax: bench/.venv/bin/pip install --no-deps optax',
  deepmind: 'needs NFNETS_DEEPMIND: the folder nfnets of a clone of google-deepmind/deepmind-research, and a Python',
};

for (const { peer, source, tables } of COVERAGE) {
  if (peer === undefined) continue;
  describe.skipIf(!isThere(peer))(`${peer} (${NEEDS[peer]})`, () => {
    let found: PeerNames;
    beforeAll(() => {
      found = peerNames(peer);
    });

    it('is of the version that the document names', () => {
      if (found.version !== null) expect(source).toBe(`${peer} ${found.version}`);
    });

    it('has a table for each list of names', () => {
      expect(tables.map(({ names }) => names).toSorted()).toEqual(Object.keys(found.names).toSorted());
    });

    it.each(tables.map((table) => [table.title, table] as const))('%s: has a row of each name', (_, table) => {
      const ours = table.rows.flatMap(namesOf);
      const theirs = found.names[table.names!] ?? [];
      const missing = theirs.filter((name) => !ours.includes(name));
      const gone = ours.filter((name) => !theirs.includes(name));
      expect({ missing, gone }).toEqual({ missing: [], gone: [] });
    });
  });
}

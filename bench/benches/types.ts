import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { benchCase } from '../figures/bench-case.js';
import type { Bench, BenchCase } from '../figures/bench-result.js';
import { type CompilerFigures, compilerFigures } from '../figures/compiler-figures.js';
import { median } from '../figures/median.js';
import { resultOf } from '../figures/result-of.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const tsc = join(createRequire(join(root, 'package.json')).resolve('typescript/package.json'), '../bin/tsc');
const PEER = 'tfjs alone';
const PROGRAM = 'a program that imports all packages';
const REPOSITORY = 'this repository';

const FIGURES = ['seconds', 'megabytes', 'files'] as const;

/** What the compiler takes for this repository and for a program of a user's, beside one that imports TensorFlow.js alone. */
const benchmarkTypes: Bench = async ({ quick, only }) => {
  const folder = mkdtempSync(join(tmpdir(), 'nfnets-types-'));
  try {
    const packages = readdirSync(join(root, 'packages')).map((name) => `@nfnets/${name}`);
    install(folder, '@tensorflow/tfjs', 'bench/node_modules/@tensorflow/tfjs');
    for (const name of packages) install(folder, name, `packages/${basename(name)}`);
    const chosen = {
      [PROGRAM]: writeProgram(folder, 'all', ['@tensorflow/tfjs', ...packages]),
      ...(quick ? {} : { [REPOSITORY]: join(root, 'tsconfig.json') }),
    };
    const projects = {
      [PEER]: writeProgram(folder, 'tfjs', ['@tensorflow/tfjs']),
      ...Object.fromEntries(Object.entries(chosen).filter(([name]) => name.includes(only))),
    };
    const rounds = Array.from({ length: quick ? 1 : 3 }, (_, i) => {
      console.error(`types: round ${i + 1}`);
      return Object.fromEntries(Object.entries(projects).map(([name, project]) => [name, check(project)]));
    });
    const typical = (name: string, key: keyof CompilerFigures) => median(rounds.map((round) => round[name]![key]));
    const versions = version();
    const cases: BenchCase[] = Object.keys(projects)
      .filter((name) => name !== PEER)
      .flatMap((name) =>
        FIGURES.map((key) =>
          benchCase(`${name}: ${key}`, typical(name, key), { [PEER]: typical(PEER, key) }, { versions }),
        ),
      );
    // A program that only imports makes none.
    if (REPOSITORY in projects)
      cases.push(benchCase(`${REPOSITORY}: instantiations`, typical(REPOSITORY, 'instantiations'), {}, { versions }));
    return resultOf(cases);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
export default benchmarkTypes;

/** Lets programs in `folder` import the package `name`. */
function install(folder: string, name: string, place: string): void {
  const link = join(folder, 'node_modules', name);
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(join(root, place), link, 'dir');
}

/** Writes a program that imports `packages`, with the settings of a strict project; the path of its `tsconfig.json`. */
function writeProgram(folder: string, name: string, packages: readonly string[]): string {
  const imports = packages.map((each, i) => `import * as p${i} from '${each}';`);
  const exported = `export const all = [${packages.map((_, i) => `p${i}`).join(', ')}];`;
  writeFileSync(join(folder, `${name}.mts`), [...imports, exported, ''].join('\n'));
  const compilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: 'es2023',
    module: 'nodenext',
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
  };
  const path = join(folder, `tsconfig.${name}.json`);
  writeFileSync(path, JSON.stringify({ compilerOptions, files: [`${name}.mts`] }));
  return path;
}

/** @throws Error where a type is wrong: what takes no time is no measure */
function check(project: string): CompilerFigures {
  const { stdout, status } = spawnSync(process.execPath, [tsc, '-p', project, '--extendedDiagnostics'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`types: tsc -p ${project} must pass, got ${stdout.slice(0, 2000)}`);
  return compilerFigures(stdout);
}

function version(): string {
  const require = createRequire(join(root, 'package.json'));
  return `TypeScript ${(require('typescript/package.json') as { version: string }).version}`;
}

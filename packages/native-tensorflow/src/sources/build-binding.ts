import { mkdir, readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fullDisk, SourceError } from '../machine/prepare-errors.js';
import { type Command, firstThatRuns, runProgram } from '../machine/run-program.js';
import { BINDING } from '../tfjs-node/binding-path.js';
import { COMPILER_FLAGS, markBinding, ownSources } from '../tfjs-node/binding-sources.js';

/** The C++ compiler of this machine. Throws a `SourceError` where there is none. */
export async function findCompiler(signal: AbortSignal): Promise<Command> {
  const own = process.env['CXX']?.trim().split(/\s+/) as [string, ...string[]] | undefined;
  const compiler = await firstThatRuns(own?.[0] ? [own] : [['c++'], ['g++'], ['clang++']], signal);
  if (compiler) return compiler;
  const install = process.platform === 'darwin' ? 'xcode-select --install' : 'apt-get install g++';
  throw new SourceError(
    `there is no C++ compiler to build the binding with${own?.[0] ? ` (CXX is ${own.join(' ')})` : ''}. Install one (${install})`,
  );
}

export interface BindingBuild {
  /** The package tfjs-node: its `binding` is compiled, its `deps/lib` linked with. */
  readonly folder: string;
  /** TensorFlow's headers, and Node's. */
  readonly includes: readonly string[];
  readonly sources: readonly string[];
  /** A header that all of them see first: it lets a compiled step choose its threads, which tfjs-node's own sources have no way to. */
  readonly prelude: string;
  /** Libraries in `deps/lib` that the binding asks the system to load. */
  readonly libraries: readonly string[];
  readonly platform: NodeJS.Platform;
}

/**
 * The compiler's arguments: what tfjs-node's `binding.gyp` says, for libraries that are found beside the binding wherever it lies,
 * sessions that can be configured, and kernels of ours.
 */
export function compilerArguments({ folder, includes, sources, prelude, libraries, platform }: BindingBuild): string[] {
  const linking =
    platform === 'darwin'
      ? ['-bundle', '-undefined', 'dynamic_lookup', '-Wl,-rpath,@loader_path/../../deps/lib']
      : [
          '-shared',
          '-fPIC',
          '-pthread',
          '-Wl,-rpath,$ORIGIN/../../deps/lib',
          '-Wl,--no-as-needed',
          '-Wl,--allow-shlib-undefined',
        ];
  return [
    ...COMPILER_FLAGS,
    ...includes.flatMap((include) => ['-I', include]),
    '-include',
    prelude,
    ...sources,
    ...linking,
    ...libraries.map((library) => join(folder, 'deps', 'lib', library)),
    '-o',
    join(folder, BINDING),
  ];
}

/** Builds the binding of tfjs-node in `folder`, with what is ours, and notes of what it is built. Throws a `SourceError` with the compiler's complaint. */
export async function buildBinding(
  compiler: Command,
  build: Pick<BindingBuild, 'folder' | 'libraries'> & { readonly headers: string },
  signal: AbortSignal,
): Promise<void> {
  const { folder, libraries, headers } = build;
  const nodeHeaders = join(dirname(fileURLToPath(import.meta.resolve('node-api-headers'))), 'include');
  const names = await readdir(join(folder, 'binding'));
  const own = ownSources();
  await mkdir(dirname(join(folder, BINDING)), { recursive: true });
  const { code, lines } = await runProgram(
    [
      ...compiler,
      ...compilerArguments({
        folder,
        includes: [headers, nodeHeaders],
        sources: [...names.map((name) => join(folder, 'binding', name)), ...own].filter((path) => path.endsWith('.cc')),
        prelude: own.find((path) => basename(path) === 'session-config.h')!,
        libraries,
        platform: process.platform,
      }),
    ],
    // The compiler's own words, untranslated, and its scratch files where the rest is.
    { signal, env: { LC_ALL: 'C', TMPDIR: folder } },
  );
  if (code === 0) return markBinding(folder);
  if (lines.some((line) => line.includes('No space left on device'))) throw fullDisk();
  const complaint = lines.find((line) => /\berror\b/i.test(line)) ?? lines.at(-1) ?? 'it said nothing';
  throw new SourceError(`${compiler.join(' ')} cannot build the binding (${complaint.trim()})`);
}

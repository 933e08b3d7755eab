import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { formatSize } from '../machine/format-size.js';
import type { Host } from '../machine/host.js';
import { SourceError } from '../machine/prepare-errors.js';
import type { Command } from '../machine/run-program.js';
import { ownSources } from '../tfjs-node/binding-sources.js';
import { buildBinding } from './build-binding.js';
import { extractHeaders } from './extract-headers.js';
import { openWheel, type Wheel } from './open-wheel.js';
import { whyUnfit } from './wheel-metadata.js';
import { CUDA_LIBRARIES, type WheelTarget } from './wheel-targets.js';

export interface FillOptions {
  /** A copy of tfjs-node without its native parts; they are put into it. */
  readonly folder: string;
  /** An empty folder for what is not kept. */
  readonly scratch: string;
  readonly host: Host;
  readonly gpu: boolean;
  readonly target: WheelTarget;
  readonly compiler: Command;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  /** Downloads wheels by requirement and resolves to their paths; asked only for the libraries of CUDA. */
  readonly download: (requirements: readonly string[]) => Promise<readonly string[]>;
}

/** Gives tfjs-node in `folder` the TensorFlow of the wheel `file`. Throws a `SourceError` where it does not fit, or the binding does not build. */
export async function fillFromWheel(file: string, options: FillOptions): Promise<void> {
  const { folder, scratch, target, compiler, say, signal } = options;
  const libraries = [...target.libraries];
  const headers = join(scratch, 'include');
  const wheel = await openWheel(file);
  try {
    checkWheel(file, wheel, options);
    await extractLibraries(
      wheel,
      libraries.map((name) => `tensorflow/${name}`),
      options,
    );
    const binding = join(folder, 'binding');
    const sources = (await readdir(binding)).map((name) => join(binding, name));
    await extractHeaders(wheel, [...sources, ...ownSources()], headers, signal);
  } finally {
    wheel.close();
  }
  if (options.gpu) libraries.push(...(await addCuda(wheel, options)));
  say(`Building the binding with ${compiler.join(' ')}`);
  await buildBinding(compiler, { folder, libraries, headers }, signal);
}

function checkWheel(file: string, wheel: Wheel, { host, gpu, target }: FillOptions): void {
  const name = `${basename(file)}: this wheel`;
  const unfit = whyUnfit(wheel.tags, host);
  if (unfit) throw new SourceError(`${name} ${unfit}. Take the one of this system`);
  const missing = target.libraries.find((library) => wheel.sizeOf(`tensorflow/${library}`) === undefined);
  if (missing) {
    throw new SourceError(
      `${name}, of ${wheel.name} ${wheel.version}, has no tensorflow/${missing}. Take a newer TensorFlow's`,
    );
  }
  if (gpu && wheel.cudaRequirements.length === 0) {
    throw new SourceError(
      `${name}, of ${wheel.name} ${wheel.version}, does not say which CUDA it needs. Take a newer TensorFlow's`,
    );
  }
  if (gpu && wheel.name === 'tensorflow-cpu') {
    throw new SourceError(`${name} is of tensorflow-cpu, which knows no GPU. Take one of tensorflow`);
  }
}

async function extractLibraries(wheel: Wheel, paths: readonly string[], options: FillOptions): Promise<void> {
  const bytes = paths.reduce((sum, path) => sum + wheel.sizeOf(path)!, 0);
  options.say(`Unpacking ${wheel.name} ${wheel.version}, ${formatSize(bytes)}`);
  for (const path of paths) {
    await wheel.extract(path, join(options.folder, 'deps', 'lib', basename(path)), options.signal);
  }
}

/**
 * Puts the CUDA libraries that `wheel` names into `deps/lib`, and resolves to those that the binding has to load.
 *
 * TensorFlow opens them by name alone when it looks for a GPU, and finds those that the process has loaded already: no
 * LD_LIBRARY_PATH is needed.
 */
async function addCuda({ cudaRequirements }: Wheel, options: FillOptions): Promise<string[]> {
  const names: string[] = [];
  for (const file of await options.download(cudaRequirements)) {
    const wheel = await openWheel(file);
    try {
      const paths = wheel.paths.filter((path) => /^nvidia\/.*\/lib\/[^/]+\.so[.\d]*$/.test(path));
      if (paths.length > 0) await extractLibraries(wheel, paths, options);
      names.push(...paths.map((path) => basename(path)));
    } finally {
      wheel.close();
    }
  }
  return names.filter((name) => CUDA_LIBRARIES.some((library) => name.startsWith(`${library}.so.`)));
}

import { BINDING } from './binding-path.js';

/** What the binding is compiled with, beside where things lie. Compilers make vector instructions of our loops by -O3, and of roots without `errno`. */
export const COMPILER_FLAGS: readonly string[] = [
  '-std=c++17',
  '-O3',
  '-DNAPI_VERSION=8',
  '-fno-math-errno',
  '-fno-trapping-math',
  '-ffp-contract=fast',
];

/** A file beside the binding that tells what of ours it was built of. */
const MARK = `${BINDING}.sources`;

// Not within `new URL`: bundlers would take the folder for a file to bring along.
const HERE = import.meta.url;

/** Our C++ files, which are built into the binding: their paths, in order. Of Node they need no import. */
export function ownSources(): string[] {
  const { readdirSync } = process.getBuiltinModule('node:fs');
  const { join } = process.getBuiltinModule('node:path');
  const { fileURLToPath } = process.getBuiltinModule('node:url');
  const folder = fileURLToPath(new URL('../../native', HERE));
  return readdirSync(folder)
    .sort()
    .map((name) => join(folder, name));
}

/** Notes, in the package tfjs-node in `folder`, what its binding was built of. */
export function markBinding(folder: string): void {
  const { writeFileSync } = process.getBuiltinModule('node:fs');
  writeFileSync(process.getBuiltinModule('node:path').join(folder, MARK), `${hashOfSources()}\n`);
}

/**
 * Whether the binding of tfjs-node in `folder` was built for TensorFlow's wheel by another version of this package. One that came with
 * tfjs-node's own download never is, nor any where our sources are not there, as in a bundle.
 */
export function isOutdated(folder: string): boolean {
  const { existsSync, readFileSync, readdirSync } = process.getBuiltinModule('node:fs');
  const { join } = process.getBuiltinModule('node:path');
  const libraries = join(folder, 'deps', 'lib');
  if (!existsSync(join(folder, BINDING)) || !existsSync(libraries)) return false;
  if (!readdirSync(libraries).some((name) => name.startsWith('libtensorflow_cc'))) return false;
  const mark = join(folder, MARK);
  try {
    return !existsSync(mark) || readFileSync(mark, 'utf8').trim() !== hashOfSources();
  } catch {
    return false;
  }
}

function hashOfSources(): string {
  const { readFileSync } = process.getBuiltinModule('node:fs');
  const { basename } = process.getBuiltinModule('node:path');
  const hash = process.getBuiltinModule('node:crypto').createHash('sha256').update(COMPILER_FLAGS.join(' '));
  for (const path of ownSources()) hash.update(`\n${basename(path)}\n`).update(readFileSync(path));
  return hash.digest('hex');
}

/**
 * Whether `packageName`, as the module `origin` sees it, has its native binding and a TensorFlow beside it. It is not loaded: one that
 * fails half-way has registered kernels by then.
 *
 * @param packageName `'@tensorflow/tfjs-node'` or `'@tensorflow/tfjs-node-gpu'`.
 * @param origin Path or `file:` URL of a module, or of a file that need not exist.
 * @throws Error with Node's code MODULE_NOT_FOUND where the package is not installed.
 * @example
 * ```ts
 * import { hasBinding } from '@nfnets/native-tensorflow/process';
 *
 * const isPrepared = hasBinding('@tensorflow/tfjs-node', import.meta.url);
 * ```
 */
export function hasBinding(packageName: string, origin: string): boolean {
  const { createRequire } = process.getBuiltinModule('node:module');
  const { dirname, join } = process.getBuiltinModule('node:path');
  const { existsSync, readdirSync } = process.getBuiltinModule('node:fs');
  const folder = dirname(createRequire(origin).resolve(`${packageName}/package.json`));
  const filesOf = (name: string) => (existsSync(join(folder, name)) ? readdirSync(join(folder, name)) : []);
  return (
    filesOf('lib').some((name) => existsSync(join(folder, 'lib', name, 'tfjs_binding.node'))) &&
    filesOf('deps/lib').some((name) => name.includes('tensorflow'))
  );
}

/**
 * Whether `packageName` (tfjs-node or tfjs-node-gpu), as the module `origin` sees it, has its native binding and a TensorFlow beside it.
 *
 * Throws Node's MODULE_NOT_FOUND where it is not installed. It is not loaded: one that fails half-way has registered kernels by then.
 *
 * @param origin path or `file:` URL of a module, or of a file that need not exist
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

import { isOutdated } from '../tfjs-node/binding-sources.js';

/**
 * Whether the native binding of `packageName`, as the module `origin` sees it, was built by another version of this package: it works, and
 * may lack what this one adds. False for one that came with tfjs-node's own download.
 *
 * @param packageName `'@tensorflow/tfjs-node'` or `'@tensorflow/tfjs-node-gpu'`.
 * @param origin Path or `file:` URL of a module, or of a file that need not exist.
 * @throws Error with Node's code MODULE_NOT_FOUND where the package is not installed.
 * @example
 * ```ts
 * import { hasOutdatedBinding } from '@nfnets/native-tensorflow/process';
 *
 * const isOutdated = hasOutdatedBinding('@tensorflow/tfjs-node', import.meta.url); // npx nfnets-native makes it anew
 * ```
 */
export function hasOutdatedBinding(packageName: string, origin: string): boolean {
  const { createRequire } = process.getBuiltinModule('node:module');
  const { dirname } = process.getBuiltinModule('node:path');
  return isOutdated(dirname(createRequire(origin).resolve(`${packageName}/package.json`)));
}

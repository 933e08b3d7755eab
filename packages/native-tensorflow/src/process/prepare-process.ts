import { restoreRemovedUtilities } from '../tfjs-node/restore-removed-utilities.js';
import { defaultEnvironment } from './default-environment.js';

/**
 * Lets tfjs-node run in this process of Node 20 to 26. What the user has set in the environment stays. To be called before it is loaded.
 *
 * @example
 * ```ts
 * import { createRequire } from 'node:module';
 * import { prepareProcess } from '@nfnets/native-tensorflow/process';
 *
 * prepareProcess(); // as `import '@nfnets/native-tensorflow'` does at once
 * const tf = createRequire(import.meta.url)('@tensorflow/tfjs-node');
 * ```
 */
export function prepareProcess(): void {
  restoreRemovedUtilities();
  const { availableParallelism, cpus } = process.getBuiltinModule('node:os');
  for (const [name, value] of Object.entries(defaultEnvironment(cpus().length, availableParallelism()))) {
    process.env[name] ??= value;
  }
}

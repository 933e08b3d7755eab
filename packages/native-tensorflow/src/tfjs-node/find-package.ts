import { readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** An installed package. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  /** Its real path: pnpm links packages. */
  readonly folder: string;
}

/** tfjs-node, or its build for GPUs. */
export const tfjsNodeName = (gpu: boolean): string => (gpu ? '@tensorflow/tfjs-node-gpu' : '@tensorflow/tfjs-node');

/** The package `name` as the first of `origins` sees it, folders or `file:` URLs of modules; undefined where none does. */
export function findTfjsNode(name: string, origins: readonly string[]): InstalledPackage | undefined {
  for (const origin of origins) {
    try {
      const require = createRequire(origin.startsWith('file:') ? origin : join(origin, 'package.json'));
      const manifest = realpathSync(require.resolve(`${name}/package.json`));
      const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
      return { name, version, folder: dirname(manifest) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  return undefined;
}

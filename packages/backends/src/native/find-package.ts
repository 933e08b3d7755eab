import { readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { PrepareError } from './prepare-errors.js';

/** An installed package. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  /** Its real path: pnpm links packages. */
  readonly folder: string;
}

/** tfjs-node (or tfjs-node-gpu) as the folder `from` sees it, else as @nfnets/backends does. Throws a `PrepareError` where neither does. */
export function findTfjsNode(gpu: boolean, from = process.cwd()): InstalledPackage {
  const name = gpu ? '@tensorflow/tfjs-node-gpu' : '@tensorflow/tfjs-node';
  for (const origin of [join(from, 'package.json'), import.meta.url]) {
    try {
      const manifest = realpathSync(createRequire(origin).resolve(`${name}/package.json`));
      const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
      return { name, version, folder: dirname(manifest) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  throw new PrepareError(`${name} is not installed. Run: npm install --ignore-scripts ${name}`);
}

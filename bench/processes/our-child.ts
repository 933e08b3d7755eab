import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Command } from './participant.js';

/** How to run a script of `children/`, from source. */
export function ourChild(script: string, args: readonly string[]): Command {
  const path = fileURLToPath(new URL(`../children/${script}`, import.meta.url));
  return childCommand(path, createRequire(import.meta.url).resolve('tsx'), args);
}

/** How to run the script at `path` with the sources of the packages that it finds from there; `loader` is where tsx lies. */
export function childCommand(path: string, loader: string, args: readonly string[]): Command {
  return {
    program: process.execPath,
    args: ['--conditions=@nfnets/source', '--import', loader, path, ...args],
    // TensorFlow announces the processor's instruction sets on standard error.
    env: { TF_CPP_MIN_LOG_LEVEL: '2' },
  };
}

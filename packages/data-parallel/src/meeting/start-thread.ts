import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { ThreadData } from './thread-data.js';

/** Starts the thread of a meeting from the build; or, where this file itself is run as TypeScript, from the source, for tests and examples. */
export function startThread(workerData: ThreadData): Worker {
  if (!import.meta.url.endsWith('.ts')) {
    // A worker takes over its parent's options, but refuses this one, which says of what kind --eval is.
    const isEvaluated = process.execArgv.some((option) => option.startsWith('--input-type'));
    return new Worker(new URL('./meeting-thread.js', import.meta.url), {
      workerData,
      transferList: [workerData.port],
      ...(isEvaluated && { execArgv: [] }),
    });
  }
  // Workers do not inherit how their parent reads TypeScript.
  const tsx = new URL(
    'dist/esm/api/index.mjs',
    pathToFileURL(createRequire(import.meta.url).resolve('tsx/package.json')),
  ).href;
  const entry = new URL('./meeting-thread.ts', import.meta.url).href;
  const source = `import { register } from '${tsx}'; register(); await import('${entry}');`;
  return new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), {
    workerData,
    transferList: [workerData.port],
    execArgv: ['--conditions=@nfnets/source'],
  });
}

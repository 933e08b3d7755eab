import { Worker } from 'node:worker_threads';

/** Plain JavaScript, so that it needs no file of its own to be found when built, bundled or run from source. */
const BEAT = `
const { openSync, writeSync } = require('node:fs');
const { workerData: { path, interval } } = require('node:worker_threads');
// An open file rather than a path: a lease that was taken over is not brought back.
const file = openSync(path, 'r+');
let beats = 0;
setInterval(() => writeSync(file, String(++beats), 0), interval);
`;

/**
 * Writes to the file `path` every `interval` milliseconds, from a thread of its own: a training step on a synchronous
 * engine may hold the main one for minutes. Returns the function that ends it.
 */
export function startHeartbeat(path: string, interval: number): () => void {
  const worker = new Worker(BEAT, {
    eval: true,
    workerData: { path, interval },
    execArgv: [],
    stdout: true,
    stderr: true,
  });
  // A full disk, or a lease that is lost: found out by the next write, which can tell why.
  worker.on('error', () => {});
  worker.unref();
  return () => void worker.terminate();
}

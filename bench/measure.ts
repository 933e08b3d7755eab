import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import * as tf from '@tensorflow/tfjs';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';

/** How long to run before measuring: the engine compiles what is hot again and again as it learns about it. */
const WARM_UP_MS = 2000;

/** Milliseconds of each of `actions`, in the same order: medians of `rounds` rounds in which they take turns. */
export function measureInTurn(actions: readonly (() => void)[], rounds: number): number[] {
  const times: number[][] = actions.map(() => []);
  const begin = performance.now();
  let round = 0;
  while (round < rounds) {
    const isWarm = performance.now() - begin > WARM_UP_MS;
    for (const [i, action] of actions.entries()) {
      const start = performance.now();
      action();
      if (isWarm) times[i]!.push(performance.now() - start);
    }
    if (isWarm) round++;
  }
  return times.map(median);
}

/** The middle one of `values`. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

/** Prints `rows` under a title and writes them to `results/<name>.json` with the facts of the machine. */
export function report(name: string, title: string, rows: readonly Readonly<Record<string, string | number>>[]): void {
  const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version };
  console.log(`\n${title} (${machine.cpu}, Node ${machine.node})`);
  console.table(rows);
  mkdirSync(new URL('results/', import.meta.url), { recursive: true });
  writeFileSync(
    new URL(`results/${name}.json`, import.meta.url),
    `${JSON.stringify({ title, machine, rows }, null, 2)}\n`,
  );
}

/** The wasm backend with our kernels, and beside it those that tfjs ships, to be measured in turn. */
export async function wasmWithShippedKernels(): Promise<{
  readonly backend: BackendWasm;
  readonly shipped: ReadonlyMap<string, tf.KernelFunc>;
}> {
  tf.enableProdMode();
  await import('@tensorflow/tfjs-backend-wasm');
  const shipped = new Map(tf.getKernelsForBackend('wasm').map((kernel) => [kernel.kernelName, kernel.kernelFunc]));
  await import('@nfnets/wasm-training');
  await tf.setBackend('wasm');
  return { backend: tf.backend() as BackendWasm, shipped };
}

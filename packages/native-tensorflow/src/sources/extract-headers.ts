import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Wheel } from './open-wheel.js';

const INCLUDE = 'tensorflow/include/';

/**
 * Writes the TensorFlow headers that `sources` include, and those that they include, from `wheel` into `folder`.
 *
 * A wheel has 13,000 headers of 268 MB, of which the binding needs nineteen.
 */
export async function extractHeaders(
  wheel: Wheel,
  sources: readonly string[],
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const done = new Set<string>();
  const waiting = [...sources];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    const text = await readFile(file, 'utf8');
    for (const [, header] of text.matchAll(/^\s*#\s*include\s*["<]([^">]+)[">]/gm)) {
      if (done.has(header!) || wheel.sizeOf(INCLUDE + header) === undefined) continue;
      done.add(header!);
      const path = join(folder, header!);
      await wheel.extract(INCLUDE + header, path, signal);
      waiting.push(path);
    }
  }
}

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { TrialEvent } from '../schema/index.js';
import { readTrialLine, trialFiles } from '../store/index.js';

/**
 * Follows the `metrics.jsonl` of the trial in `dir` from outside its process. Each call returns what is new: every end of
 * an epoch, and of the steps the last.
 */
export function trialTail(dir: string): () => TrialEvent[] {
  const path = trialFiles(dir).metrics;
  let inode: number | undefined;
  let offset = 0;
  let rest = '';
  return () => {
    const file = openIfThere(path);
    if (file === undefined) return [];
    try {
      const { ino, size } = fstatSync(file);
      // Each attempt at the trial has a file of its own.
      if (ino !== inode) {
        inode = ino;
        offset = 0;
        rest = '';
      }
      const data = Buffer.alloc(Math.max(0, size - offset));
      offset += readSync(file, data, 0, data.length, offset);
      const lines = (rest + data.toString('utf8')).split('\n');
      rest = lines.pop()!;
      return newest(lines.flatMap((line) => readTrialLine<TrialEvent>(line) ?? []));
    } finally {
      closeSync(file);
    }
  };
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch {
    return undefined;
  }
}

function newest(lines: readonly TrialEvent[]): TrialEvent[] {
  const lastStep = lines.findLastIndex(({ type }) => type === 'step');
  return lines.filter(({ type }, i) => type === 'epoch' || i === lastStep);
}

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { MetricsLine } from '../../schema/index.js';
import { readTrialLine } from '../../store/index.js';

/** Whole lines of a file that grows. */
export interface FilePart {
  /** Another when the file was replaced: what was read before is of no use then. */
  readonly version: string;
  readonly text: string;
  /** Where to read on. */
  readonly next: number;
  /** Whether more can be read now. */
  readonly hasMore: boolean;
}

const MOST_BYTES = 1 << 20;

/**
 * The lines of the file `path` from byte `from` on, a megabyte at most; a negative `from` counts from the end. A last
 * line without an end is left for later. Undefined where there is no such file.
 */
export function readPart(path: string, from: number): FilePart | undefined {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return undefined;
  }
  try {
    const { size, ino, birthtimeMs } = fstatSync(file);
    const start = Math.min(size, from < 0 ? Math.max(0, size + from) : from);
    const bytes = Buffer.alloc(Math.min(MOST_BYTES, size - start));
    const read = readSync(file, bytes, 0, bytes.length, start);
    const part = bytes.subarray(0, read);
    // Counted from the end, the first line is the rest of one.
    const first = from < 0 && start > 0 ? part.indexOf(10) + 1 : 0;
    const end = part.lastIndexOf(10) + 1;
    // A line of more than a megabyte is skipped, or it would be waited for forever.
    const taken = end > 0 ? end : read === MOST_BYTES ? read : 0;
    return {
      version: `${ino}-${birthtimeMs}`,
      text: part.subarray(first, Math.max(first, end)).toString('utf8'),
      next: start + taken,
      hasMore: start + read < size,
    };
  } finally {
    closeSync(file);
  }
}

/** Step, loss and accuracy of the last lines of the `metrics.jsonl` at `path`. */
export function lastProgress(path: string): { step?: number; loss?: number; accuracy?: number } {
  const text = readPart(path, -16_384)?.text ?? '';
  const lines = text
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => readTrialLine<MetricsLine>(line) ?? []);
  const step = lines.findLast((line) => line.type === 'step');
  const epoch = lines.findLast((line) => line.type === 'epoch');
  return {
    ...(lines.length === 0 ? {} : { step: lines.at(-1)!.step }),
    ...(step?.type === 'step' ? { loss: step.loss } : {}),
    ...(epoch?.type === 'epoch' && epoch.accuracy !== undefined ? { accuracy: epoch.accuracy } : {}),
  };
}

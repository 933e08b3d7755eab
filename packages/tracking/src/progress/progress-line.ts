import { aFunction, checkOptions, numberIn, rule } from '@nfnets/options';
import type { RunEvent, Sink } from '../events/run-event.js';
import { advanceProgress, NO_PROGRESS, renderProgress } from './progress.js';

/** Options of {@link progressLine}. */
export interface ProgressLineSettings {
  /** Steps of the whole run, as `countSteps` of `@nfnets/trainer` counts them. Default unknown: no time left is shown. */
  readonly totalSteps?: number;
  /** Where the line goes. Default `process.stderr`. */
  readonly stream?: ProgressStream;
  /** Milliseconds since some moment. Default `Date.now`. */
  readonly clock?: () => number;
}

/** A stream, perhaps of a terminal. */
export interface ProgressStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Milliseconds between two lines: on a terminal, where a line replaces the last, and in a file. */
const EVERY = { terminal: 100, file: 10_000 };
const CLEAR_LINE = '\r\u001b[K';

const RULES = {
  totalSteps: numberIn(0),
  stream: rule('a stream with `write`', (value) => typeof (value as ProgressStream | null)?.write === 'function'),
  clock: aFunction,
};

/**
 * Makes a sink that shows how far a run has come: on a terminal a line that changes in place and stays at the end of each
 * epoch; elsewhere, as in a log file, a line for each epoch and every ten seconds.
 *
 * @throws TypeError or RangeError for an option that is unknown or cannot be used.
 * @example
 * ```ts
 * import { progressLine } from '@nfnets/tracking/node';
 *
 * const line = progressLine({ totalSteps: 1000, stream: process.stdout });
 * line.write({ type: 'step-end', step: 0, loss: 2.3, samples: 64, seconds: 0.1 });
 * ```
 */
export function progressLine(settings: ProgressLineSettings = {}): Sink {
  checkOptions<ProgressLineSettings>('progressLine', settings, RULES);
  const { totalSteps, stream = process.stderr, clock = Date.now } = settings;
  let progress = NO_PROGRESS;
  let shownAt = -Infinity;
  let isOpen = false;

  const show = (isLasting: boolean): void => {
    const width = stream.isTTY ? (stream.columns || 80) - 1 : Infinity;
    const line = renderProgress(progress, { width, ...(totalSteps !== undefined && { totalSteps }) });
    stream.write(stream.isTTY ? `${CLEAR_LINE}${line}${isLasting ? '\n' : ''}` : `${line}\n`);
    isOpen = Boolean(stream.isTTY) && !isLasting;
    shownAt = clock();
  };

  return {
    write(event: RunEvent) {
      progress = advanceProgress(progress, event, clock());
      if (event.type === 'epoch-end' || event.type === 'run-diverged') show(true);
      if (event.type === 'step-end' && clock() - shownAt >= EVERY[stream.isTTY ? 'terminal' : 'file']) show(false);
    },
    close() {
      if (isOpen) stream.write('\n');
      isOpen = false;
    },
  };
}

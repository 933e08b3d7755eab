import { numberOf } from '@nfnets/json-numbers';
import { checkOptions, numberIn, rule, show } from '@nfnets/options';
import { assertEvent, assertNumber } from '../events/assert-argument.js';
import { eventMetrics } from '../events/event-metrics.js';
import type { RunEvent } from '../events/run-event.js';

/** How far a run has come. */
export interface Progress {
  /** Steps made, over the whole run. */
  readonly steps: number;
  /** Number of the epoch that was last heard of, from 1. */
  readonly epoch: number;
  readonly loss?: number;
  readonly accuracy?: number;
  /** Sums over the last steps, the older the less they count. The first is left out: it may have been compiled. */
  readonly recent: { readonly samples: number; readonly seconds: number };
  /** When the first step that was seen had ended, in milliseconds, and how many steps were made by then. */
  readonly first?: { readonly at: number; readonly steps: number };
  /** When the last one had. */
  readonly at: number;
  /** Why the run diverged. */
  readonly reason?: string;
}

/** The progress of a run of which nothing has been seen. */
export const NO_PROGRESS: Progress = { steps: 0, epoch: 1, recent: { samples: 0, seconds: 0 }, at: 0 };

/** What a step still counts when the next one has been made: the rate is about that of the last 20. */
const MEMORY = 0.95;

/**
 * Computes the progress after `event`, seen at `at` milliseconds. Pure: the state is handed in and out.
 *
 * @param progress The progress before; {@link NO_PROGRESS} at first.
 * @param event An event of the run.
 * @param at Milliseconds since some moment.
 * @throws TypeError for what is no progress, no event or no number.
 * @example
 * ```ts
 * import { advanceProgress, NO_PROGRESS, renderProgress } from '@nfnets/tracking';
 *
 * let progress = advanceProgress(NO_PROGRESS, { type: 'step-end', step: 0, loss: 2.3, samples: 64, seconds: 0.1 }, 0);
 * progress = advanceProgress(progress, { type: 'step-end', step: 1, loss: 2.2, samples: 64, seconds: 0.1 }, 100);
 * console.log(renderProgress(progress, { totalSteps: 100 }));
 * ```
 */
export function advanceProgress(progress: Progress, event: RunEvent, at: number): Progress {
  assertProgress('advanceProgress', progress);
  assertEvent('advanceProgress', event);
  assertNumber('advanceProgress', 'at', at);
  if (event.type === 'run-resumed')
    return { ...NO_PROGRESS, steps: event.steps ?? 0, epoch: epochOf(NO_PROGRESS, event) };
  if (event.type === 'step-end') return advanceStep(progress, event, at);
  if (event.type === 'run-diverged' && event.reason !== undefined) return { ...progress, reason: event.reason };
  if (event.type !== 'epoch-end') return progress;
  const accuracy = eventMetrics(event)['evaluation/accuracy'];
  return { ...progress, epoch: epochOf(progress, event), ...(accuracy !== undefined && { accuracy }) };
}

function advanceStep(progress: Progress, event: RunEvent, at: number): Progress {
  const { step, loss, samples, seconds } = event;
  const steps = (step ?? progress.steps) + 1;
  const epoch = epochOf(progress, event);
  const made = { ...progress, steps, epoch, at, ...(loss !== undefined && { loss: numberOf(loss)! }) };
  if (!progress.first) return { ...made, first: { at, steps } };
  const add = (sum: number, value = 0) => MEMORY * sum + value;
  return {
    ...made,
    recent: { samples: add(made.recent.samples, samples), seconds: add(made.recent.seconds, seconds) },
  };
}

function assertProgress(who: string, progress: unknown): void {
  if (typeof (progress as Progress | null)?.recent?.samples === 'number') return;
  throw new TypeError(
    `${who}: \`progress\` must be NO_PROGRESS or what advanceProgress() returns, got ${show(progress)}.`,
  );
}

function epochOf(progress: Progress, { epoch }: RunEvent): number {
  return epoch === undefined ? progress.epoch : epoch + 1;
}

/** Options of {@link renderProgress}. */
export interface ProgressLineOptions {
  /** Steps of the whole run, as `countSteps` counts them: what the time left and the bar need. Default unknown: neither is shown. */
  readonly totalSteps?: number;
  /** Columns of the terminal; a longer line is cut. Default any. */
  readonly width?: number;
}

const RULES = {
  totalSteps: numberIn(0),
  width: rule('a number >= 0', (value) => typeof value === 'number' && value >= 0, 'number'),
};

const BAR = 20;

/**
 * Shows progress on one line: steps, bar, images a second, time left, loss, accuracy. What is not known is left out.
 *
 * @param progress What {@link advanceProgress} computes.
 * @throws TypeError or RangeError for what is no progress, or an option that cannot be used.
 * @example
 * ```ts
 * import { advanceProgress, NO_PROGRESS, renderProgress } from '@nfnets/tracking';
 *
 * const event = { type: 'step-end', step: 49, loss: 1.2, samples: 64, seconds: 0.1 };
 * console.log(renderProgress(advanceProgress(NO_PROGRESS, event, 0), { totalSteps: 100, width: 80 }));
 * ```
 */
export function renderProgress(progress: Progress, options: ProgressLineOptions = {}): string {
  assertProgress('renderProgress', progress);
  checkOptions<ProgressLineOptions>('renderProgress', options, RULES);
  const { totalSteps, width = Infinity } = options;
  const { steps, loss, accuracy, recent, reason } = progress;
  const done = totalSteps && Math.min(1, steps / totalSteps);
  const left = secondsLeft(progress, totalSteps);
  const parts = [
    `epoch ${progress.epoch}`,
    `step ${steps}${totalSteps ? `/${totalSteps}` : ''}`,
    done !== undefined && `[${'#'.repeat(Math.floor(done * BAR)).padEnd(BAR, '.')}]`,
    recent.seconds > 0 && `${Math.round(recent.samples / recent.seconds).toLocaleString('en-US')} images/s`,
    left !== undefined && `${formatTime(left)} left`,
    loss !== undefined && `loss ${loss.toFixed(4)}`,
    accuracy !== undefined && `accuracy ${(100 * accuracy).toFixed(2)} %`,
    reason !== undefined && `diverged: ${reason}`,
  ];
  const line = parts.filter((part) => part !== false).join('  ');
  return line.length <= width ? line : line.slice(0, width);
}

/** From the wall time of the steps since the first: evaluation and what the consumer does take time too. */
function secondsLeft({ steps, first, at }: Progress, totalSteps: number | undefined): number | undefined {
  if (totalSteps === undefined || !first || steps <= first.steps || steps >= totalSteps) return undefined;
  return ((at - first.at) / 1000 / (steps - first.steps)) * (totalSteps - steps);
}

/** `m:ss`, from an hour on `h:mm:ss`. */
function formatTime(seconds: number): string {
  const whole = Math.ceil(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number) => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

import { closeSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type {
  MetricsEvent,
  MetricsLine,
  ProgressLine,
  TrialContext,
  TrialEvent,
  TrialFunction,
  TrialMetrics,
  TrialOutcome,
} from '../schema/index.js';
import {
  explainFullDisk,
  jsonText,
  LeaseLostError,
  readMetrics,
  readPruneReason,
  readTrial,
  type TrialLease,
  trialFiles,
  trialLine,
} from '../store/index.js';
import { describeEnvironment } from './environment.js';
import type { TrialTrackers } from './trial-trackers.js';

/** How far a trial has come; kept up to date while it runs. */
export interface TrialProgress {
  step: number;
  metrics: TrialMetrics;
  /** Training loss of the last step. */
  lastLoss?: number;
  /** Seconds of earlier attempts that this one went on from. */
  secondsBefore?: number;
  computedIn?: 'float32' | 'bfloat16';
}

interface FollowOptions {
  readonly run: TrialFunction;
  readonly context: TrialContext;
  readonly lease: TrialLease;
  readonly stop: AbortSignal;
  readonly progress: TrialProgress;
  readonly trackers: Pick<TrialTrackers, 'write'>;
}

/** Runs the trial in `dir` to its end and records what it yields; undefined when it was stopped before. */
export async function followTrial(
  dir: string,
  { run, context, lease, stop, progress, trackers }: FollowOptions,
): Promise<TrialOutcome | undefined> {
  const files = trialFiles(dir);
  const environment = { ...describeEnvironment(dirname(dirname(dir))), threads: context.threads };
  lease.write(files.environment, jsonText(environment));
  const metrics = metricsFile(dir, lease);
  const send = throttledSend();
  const events = run(readTrial(dir)!, context);
  let isLost = false;
  let measured = 0;
  try {
    for (;;) {
      const { value: told, done } = await events.next();
      // A process that slept, or whose file server did, may not be the one that runs this trial any more.
      lease.check();
      if (done) return told;
      const value = told.type === 'metrics' ? asEpoch(told, ++measured) : told;
      if (value.type === 'engine') {
        const { engine, reason: engineReason, microBatches = 1, computedIn } = value;
        if (computedIn) progress.computedIn = computedIn;
        const parts = microBatches > 1 ? { microBatches } : {};
        lease.write(files.environment, jsonText({ ...environment, engine, engineReason, ...parts }));
      } else if (value.type === 'resume') {
        const { seconds, epoch } = metrics.keepUntil(value.step, value.epoch);
        progress.step = value.step;
        progress.secondsBefore = seconds;
        if (epoch) progress.metrics = epochMetrics(epoch);
        measured = epoch?.epoch ?? 0;
      } else {
        metrics.append(value);
        progress.step = value.step;
        if (value.type === 'step') progress.lastLoss = value.loss;
        if (value.type === 'epoch') progress.metrics = told.type === 'metrics' ? told.metrics : epochMetrics(value);
      }
      send(value);
      await trackers.write(value);
      // A trial on a synchronous engine never waits for anything but promises: let signals and messages in.
      await setImmediate();
      if (stop.aborted) return undefined;
      const reason = value.type === 'step' || value.type === 'epoch' ? readPruneReason(dir) : undefined;
      if (reason !== undefined) return { status: 'pruned', reason, metrics: progress.metrics };
    }
  } catch (error) {
    // It was told to stop, and ended what it waited for.
    if (stop.aborted && (error as Error).name === 'AbortError') return undefined;
    isLost = error instanceof LeaseLostError;
    throw error;
  } finally {
    metrics.close();
    // Also where it ended by itself: harmless then, and otherwise lets it write a checkpoint and free its tensors.
    if (!isLost) await events.return({ status: 'done', metrics: {} });
  }
}

/** What a function of one's own measured as the end of an epoch, the `number`th: those figures that an epoch has. */
const asEpoch = ({ step, metrics }: MetricsEvent, number: number) => {
  const { accuracy, loss, trainLoss } = metrics;
  const figures = Object.fromEntries(
    Object.entries({ accuracy, loss, trainLoss }).filter(([, value]) => value !== undefined),
  );
  return { type: 'epoch', epoch: number, step, samples: step, ...figures } as Extract<TrialEvent, { type: 'epoch' }>;
};

/**
 * The trial's `metrics.jsonl`, a new file that takes the old one's place: what an earlier process still writes goes
 * nowhere. It starts with the lines up to the step that this attempt resumes from, none by default.
 */
function metricsFile(dir: string, lease: TrialLease) {
  const path = trialFiles(dir).metrics;
  let file: number | undefined;
  let secondsBefore = 0;
  let started: number | undefined;
  const open = (kept: readonly MetricsLine[]) => {
    lease.write(path, kept.map((line) => `${trialLine(line)}\n`).join(''));
    file = openSync(path, 'a');
    // Between the two lines above, the file may have become another process's.
    lease.check();
    return file;
  };
  return {
    /** Keeps the lines of the first `step` steps and `epoch` ends of epochs; returns their time, and the last such end. */
    keepUntil(step: number, epoch = Number.POSITIVE_INFINITY): { seconds: number; epoch: ProgressLine | undefined } {
      const kept = readMetrics(dir).filter(
        (line) => line.step <= step && !(line.type === 'epoch' && line.epoch > epoch),
      );
      secondsBefore = kept.at(-1)?.seconds ?? 0;
      open(kept);
      return {
        seconds: secondsBefore,
        epoch: kept.findLast((line): line is ProgressLine => line.type === 'epoch'),
      };
    },
    append(event: TrialEvent): void {
      started ??= performance.now();
      const seconds = Math.round(performance.now() - started + 1000 * secondsBefore) / 1000;
      const into = file ?? open([]);
      explainFullDisk(path, () => writeSync(into, `${trialLine({ ...event, seconds } as MetricsLine)}\n`));
    },
    close(): void {
      if (file !== undefined) closeSync(file);
    },
  };
}

function epochMetrics({
  accuracy,
  loss,
  trainLoss,
  emaAccuracy,
  emaLoss,
}: Partial<Pick<ProgressLine, 'accuracy' | 'loss' | 'trainLoss' | 'emaAccuracy' | 'emaLoss'>>): TrialMetrics {
  return Object.fromEntries(
    Object.entries({ accuracy, loss, trainLoss, emaAccuracy, emaLoss }).filter(
      (entry): entry is [string, number] => entry[1] !== undefined,
    ),
  );
}

/** Sends events to the parent process, if there is one; of the steps only some, four a second at most. */
function throttledSend(): (event: TrialEvent) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (event) => {
    // What was clipped is for the figures.
    if (!process.connected || event.type === 'clip') return;
    if (event.type === 'step') {
      if (performance.now() - last < 250) return;
      last = performance.now();
    }
    process.send?.(trialLine(event), undefined, undefined, () => {});
  };
}

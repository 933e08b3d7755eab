import { closeSync, openSync, writeSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { describeEnvironment } from './environment.js';
import { TRIAL_EXIT } from './executor.js';
import type { Trial } from './plan-trials.js';
import { processIdentity } from './process-identity.js';
import { SweepError } from './sweep-error.js';
import { readTrial, type TrialStatus, trialFiles } from './trial-folder.js';
import type { TrialContext, TrialEvent, TrialFunction, TrialMetrics, TrialOutcome } from './trial-function.js';
import { explainFullDisk, writeJson } from './write-file-safely.js';

export interface RunTrialOptions extends TrialContext {
  /** Module whose default export is the `TrialFunction` to run instead of the real training. */
  readonly trialModule?: string;
}

/**
 * Runs the trial whose `config.json` is in `dir`, writes all its other files there, and returns its exit code.
 *
 * Stops after the current step, as `preempted`, on SIGINT, SIGTERM, a `stop` message from the parent process, or
 * when that parent goes away. An error in the trial is recorded as `failed`, with its stack on stderr.
 */
export async function runTrial(dir: string, { trialModule, ...context }: RunTrialOptions): Promise<number> {
  const trial = readTrial(dir);
  if (!trial) throw new SweepError(`${dir}: holds no trial (no config.json).`);
  const stopReason = listenForStop();
  const startedAt = new Date().toISOString();
  const progress = { step: 0, metrics: {} as TrialMetrics };
  const writeStatus = (status: TrialStatus['status'], extra: Partial<TrialStatus> = {}) =>
    writeJson(trialFiles(dir).status, {
      status,
      ...progress,
      startedAt,
      ...(status === 'running' ? {} : { endedAt: new Date().toISOString() }),
      process: processIdentity(),
      ...extra,
    } satisfies TrialStatus);

  try {
    writeStatus('running');
    const outcome = await follow(dir, trial, await loadTrialFunction(trialModule), context, stopReason, progress);
    if (outcome === undefined) {
      writeStatus('preempted', { reason: stopReason()! });
      return TRIAL_EXIT.preempted;
    }
    const { status, ...rest } = outcome;
    writeStatus(status, rest);
    return TRIAL_EXIT[status];
  } catch (error) {
    const isKnown = error instanceof SweepError;
    process.stderr.write(`${isKnown ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
    // The status may not fit on a full disk either; the parent process then keeps the reason.
    try {
      writeStatus('failed', { reason: error instanceof Error ? error.message : String(error) });
    } catch {}
    return TRIAL_EXIT.failed;
  }
}

/** Runs the trial to its end and records what it yields; undefined when it was stopped before. */
async function follow(
  dir: string,
  trial: Trial,
  run: TrialFunction,
  context: TrialContext,
  stopReason: () => string | undefined,
  progress: { step: number; metrics: TrialMetrics },
): Promise<TrialOutcome | undefined> {
  const files = trialFiles(dir);
  const environment = describeEnvironment();
  writeJson(files.environment, { ...environment, threads: context.threads });
  const metrics = openSync(files.metrics, 'w');
  const send = throttledSend();
  let started: number | undefined;
  const events = run(trial, context);
  try {
    for (;;) {
      const { value, done } = await events.next();
      if (done) return value;
      if (value.type === 'engine') {
        const { engine, reason } = value;
        writeJson(files.environment, { ...environment, threads: context.threads, engine, engineReason: reason });
      } else {
        started ??= performance.now();
        const seconds = Math.round(performance.now() - started) / 1000;
        explainFullDisk(files.metrics, () => writeSync(metrics, `${JSON.stringify({ ...value, seconds })}\n`));
        progress.step = value.step;
        if (value.type === 'epoch')
          progress.metrics = { accuracy: value.accuracy, loss: value.loss, trainLoss: value.trainLoss };
      }
      send(value);
      // A trial on a synchronous engine never waits for anything but promises: let signals and messages in.
      await setImmediate();
      if (stopReason() !== undefined) return undefined;
    }
  } finally {
    closeSync(metrics);
    // Also where it ended by itself: harmless then, and lets it free its tensors otherwise.
    await events.return({ status: 'done', metrics: {} });
  }
}

function listenForStop(): () => string | undefined {
  let reason: string | undefined;
  const stop = (why: string) => {
    reason ??= why;
  };
  process.on('SIGINT', () => stop('interrupted (SIGINT)'));
  process.on('SIGTERM', () => stop('interrupted (SIGTERM)'));
  process.on('message', (message: { type?: string }) => {
    if (message?.type === 'stop') stop('the sweep was stopped');
  });
  process.on('disconnect', () => stop('the sweep process went away'));
  // With the parent gone nobody reads the output; without this the first line printed would be an error.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
  return () => reason;
}

/** Sends events to the parent process, if there is one; of the steps only some, four a second at most. */
function throttledSend(): (event: TrialEvent) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (event) => {
    if (!process.connected) return;
    if (event.type === 'step') {
      if (performance.now() - last < 250) return;
      last = performance.now();
    }
    process.send?.(event, undefined, undefined, () => {});
  };
}

async function loadTrialFunction(trialModule: string | undefined): Promise<TrialFunction> {
  if (trialModule === undefined) return (await import('./train-trial.js')).trainTrial;
  return ((await import(pathToFileURL(trialModule).href)) as { default: TrialFunction }).default;
}

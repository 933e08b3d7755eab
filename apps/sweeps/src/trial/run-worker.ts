import { setImmediate } from 'node:timers/promises';
import { TRIAL_EXIT, type Trial, type TrialContext, type TrialFunction } from '../schema/index.js';
import { isLostWorker } from './trial-group.js';

/**
 * Runs the part of a worker other than the first in a trial, and returns its exit code. It computes and writes nothing. Asked to stop,
 * it goes on: the first saves what there is after its step, and leaves, which ends this one too.
 */
export async function runWorker(trial: Trial, run: TrialFunction, context: TrialContext): Promise<number> {
  for (const name of ['SIGINT', 'SIGTERM', 'SIGUSR1'] as const) process.on(name, () => {});
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  try {
    const events = run(trial, context);
    for (;;) {
      const { value, done } = await events.next();
      if (done) return TRIAL_EXIT[value.status];
      await setImmediate();
    }
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return isLostWorker(error) ? TRIAL_EXIT.preempted : TRIAL_EXIT.failed;
  }
}

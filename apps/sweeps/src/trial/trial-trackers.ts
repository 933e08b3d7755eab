import { dirname, join, resolve } from 'node:path';
import type { MLflowOptions, MLflowRun, Outcome, RunEvent, Sink } from '@nfnets/tracking';
import type { TensorBoardWriter } from '@nfnets/tracking/node';
import type { StoredTrack, Trial, TrialEvent, TrialOutcome } from '../schema/index.js';
import { readJson, readMetrics, readUnlessDamaged, runFiles } from '../store/index.js';
import { trialRunEvent } from './trial-run-events.js';

/** Records a trial where the sweep's `track` says; what fails is told, and costs the trial nothing. */
export interface TrialTrackers {
  /** To be called with each event, in order. */
  write(event: TrialEvent): Promise<void>;
  /** The trial has ended, was stopped (undefined), or threw an error. */
  close(outcome: TrialOutcome | 'failed' | undefined): Promise<void>;
}

/**
 * The trackers of the `trial` in `dir`, by `track.json` of its run folder, which go on where an earlier attempt left them. `tell` is
 * told what fails.
 */
export async function trialTrackers(dir: string, trial: Trial, tell: (line: string) => void): Promise<TrialTrackers> {
  const runFolder = dirname(dirname(resolve(dir)));
  // A trial that is repeated elsewhere is none of the sweep.
  const isOfSweep = runFiles(runFolder).trial(trial.id) === resolve(dir);
  const { value: track, damage } = readUnlessDamaged(() => readJson<StoredTrack>(runFiles(runFolder).track));
  if (damage !== undefined) tell(damage);
  return isOfSweep && track ? openTrackers(dir, trial, track, tell) : NONE;
}

const NONE: TrialTrackers = { write: async () => {}, close: async () => {} };

async function openTrackers(
  dir: string,
  trial: Trial,
  track: StoredTrack,
  tell: (line: string) => void,
): Promise<TrialTrackers> {
  const settings = { ...trial.config, derived: trial.derived };
  const sinks: Sink[] = [];
  let board: TensorBoardWriter | undefined;
  let run: MLflowRun | undefined;
  const attempt = async (name: string, work: () => void | Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      tell(`track.${name}: ${(error as Error).message} The trial goes on.`);
    }
  };
  const { tensorBoardWriter, resumableMLflowRun } = await import('@nfnets/tracking/node');
  if (track.tensorboard) {
    await attempt('tensorboard', () => {
      board = tensorBoardWriter(join(dir, 'tensorboard'));
      board.hparams(settings);
      sinks.push(board);
    });
  }
  const { mlflow } = track;
  if (mlflow !== undefined) {
    await attempt('mlflow', async () => {
      run = await resumableMLflowRun(join(dir, 'mlflow.json'), {
        ...{ uri: mlflow, experiment: track.sweep, runName: trial.id, params: settings },
        tags: { sweep: track.sweep, trial: trial.id },
        ...mlflowLogin(process.env),
        onNotice: tell,
      });
      sinks.push(run);
    });
  }
  const each = async (work: (sink: Sink) => void | Promise<void>) => {
    for (const sink of sinks) await attempt(sink === board ? 'tensorboard' : 'mlflow', () => work(sink));
  };

  let at = performance.now();
  let isFirst = true;
  return {
    async write(event) {
      if (event.type === 'engine') return;
      if (event.type === 'clip') {
        const shares = clippedShares(event);
        await attempt('tensorboard', () => board?.scalars(shares, event.step - 1));
        await attempt('mlflow', () => run?.log(shares, event.step - 1));
        return;
      }
      const seconds = (performance.now() - at) / 1000;
      // The first step may have been compiled, and the model made.
      const runEvent = trialRunEvent(event, trial, event.type === 'step' && !isFirst ? seconds : undefined);
      if (event.type === 'step') isFirst = false;
      await each((sink) => sink.write(runEvent));
      // What an attempt that was killed had not sent yet.
      if (event.type === 'resume' && run) await attempt('mlflow', () => sendAgain(run!, dir, trial));
      at = performance.now();
    },
    async close(outcome) {
      if (typeof outcome === 'object' && outcome.status === 'diverged') {
        const event: RunEvent = { type: 'run-diverged', step: Math.max(0, outcome.step - 1), reason: outcome.reason };
        await each((sink) => sink.write(event));
      }
      await each((sink) => sink.close(outcomeOf(outcome)));
    },
  };
}

const clippedShares = ({ layers }: { readonly layers: Readonly<Record<string, number>> }): Record<string, number> =>
  Object.fromEntries(Object.entries(layers).map(([layer, share]) => [`clip/clippedShare/${layer}`, share]));

/** Logs what the trial's own file has of the steps before; of those that the run has already nothing is sent. */
async function sendAgain(run: MLflowRun, dir: string, trial: Trial): Promise<void> {
  for (const line of readMetrics(dir)) {
    if (line.type === 'clip') run.log(clippedShares(line), line.step - 1);
    else await run.write(trialRunEvent(line as TrialEvent as Exclude<TrialEvent, { type: 'engine' | 'clip' }>, trial));
  }
}

function outcomeOf(outcome: TrialOutcome | 'failed' | undefined): Outcome {
  if (outcome === undefined) return 'stopped';
  if (outcome === 'failed') return 'failed';
  return outcome.status === 'pruned' ? 'stopped' : outcome.status;
}

/** What MLflow's own client takes from the environment to log in. */
function mlflowLogin(environment: NodeJS.ProcessEnv): Pick<MLflowOptions, 'headers'> {
  const {
    MLFLOW_TRACKING_TOKEN: token,
    MLFLOW_TRACKING_USERNAME: user,
    MLFLOW_TRACKING_PASSWORD: password = '',
  } = environment;
  if (user) return { headers: { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` } };
  return token ? { headers: { authorization: `Bearer ${token}` } } : {};
}

import { dirname, join, resolve } from 'node:path';
import type { MLflowOptions, Outcome, RunEvent, Sink } from '@nfnets/tracking';
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

/** One of the places that `track` names. */
interface Tracker {
  readonly name: keyof StoredTrack;
  readonly sink: Sink;
  readonly log: (figures: Readonly<Record<string, number>>, step: number) => void;
  /** Whether it may lack what an attempt had measured that was killed, and takes nothing twice. */
  readonly isSentAgain?: boolean;
}

const NONE: TrialTrackers = { write: async () => {}, close: async () => {} };

async function openTrackers(
  dir: string,
  trial: Trial,
  track: StoredTrack,
  tell: (line: string) => void,
): Promise<TrialTrackers> {
  const settings = { ...trial.config, derived: trial.derived };
  const trackers: Tracker[] = [];
  const attempt = async (name: string, work: () => void | Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      tell(`track.${name}: ${(error as Error).message} The trial goes on.`);
    }
  };
  const { tensorBoardWriter, resumableMLflowRun, trackioRun } = await import('@nfnets/tracking/node');
  const { tensorboard, mlflow, trackio, sweep } = track;
  if (tensorboard) {
    await attempt('tensorboard', () => {
      const board = tensorBoardWriter(join(dir, 'tensorboard'));
      board.hparams(settings);
      trackers.push({ name: 'tensorboard', sink: board, log: (figures, step) => board.scalars(figures, step) });
    });
  }
  if (mlflow !== undefined) {
    await attempt('mlflow', async () => {
      const run = await resumableMLflowRun(join(dir, 'mlflow.json'), {
        ...{ uri: mlflow, experiment: sweep, runName: trial.id, params: settings },
        tags: { sweep, trial: trial.id },
        ...mlflowLogin(process.env),
        onNotice: tell,
      });
      trackers.push({ name: 'mlflow', sink: run, log: (figures, step) => run.log(figures, step), isSentAgain: true });
    });
  }
  if (trackio !== undefined) {
    await attempt('trackio', () => {
      const run = trackioRun({ dir: trackio, project: sweep, run: trial.id, config: settings });
      trackers.push({ name: 'trackio', sink: run, log: (figures, step) => run.log(figures, step), isSentAgain: true });
    });
  }
  const each = async (work: (tracker: Tracker) => void | Promise<void>) => {
    for (const tracker of trackers) await attempt(tracker.name, () => work(tracker));
  };

  let at = performance.now();
  let isFirst = true;
  return {
    async write(event) {
      if (event.type === 'engine') return;
      if (event.type === 'clip') {
        await each(({ log }) => log(clippedShares(event), event.step - 1));
        return;
      }
      const seconds = (performance.now() - at) / 1000;
      // The first step may have been compiled, and the model made.
      const runEvent = trialRunEvent(event, trial, event.type === 'step' && !isFirst ? seconds : undefined);
      if (event.type === 'step') isFirst = false;
      await each(({ sink }) => sink.write(runEvent));
      // What an attempt that was killed had not sent yet.
      if (event.type === 'resume')
        await each((tracker) => (tracker.isSentAgain ? sendAgain(tracker, dir, trial) : undefined));
      at = performance.now();
    },
    async close(outcome) {
      if (typeof outcome === 'object' && outcome.status === 'diverged') {
        const event: RunEvent = { type: 'run-diverged', step: Math.max(0, outcome.step - 1), reason: outcome.reason };
        await each(({ sink }) => sink.write(event));
      }
      await each(({ sink }) => sink.close(outcomeOf(outcome)));
    },
  };
}

const clippedShares = ({ layers }: { readonly layers: Readonly<Record<string, number>> }): Record<string, number> =>
  Object.fromEntries(Object.entries(layers).map(([layer, share]) => [`clip/clippedShare/${layer}`, share]));

/** Logs what the trial's own file has of the steps before; what the run has already is not taken twice. */
async function sendAgain({ sink, log }: Tracker, dir: string, trial: Trial): Promise<void> {
  for (const line of readMetrics(dir)) {
    if (line.type === 'clip') log(clippedShares(line), line.step - 1);
    else await sink.write(trialRunEvent(line as TrialEvent as Exclude<TrialEvent, { type: 'engine' | 'clip' }>, trial));
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

import { type Axis, type AxisValue, namingAxes, valuesOf } from '../../plan/index.js';
import type { TrialState } from '../../report/index.js';
import type { TrialStatus } from '../../schema/index.js';
import {
  readPlan,
  readPlannedTrials,
  readSoundStatus,
  runFiles,
  type StoredPlan,
  trialFiles,
} from '../../store/index.js';
import { lastProgress } from './file-part.js';
import { NO_FILE, stampOf } from './file-stamp.js';
import type { Followed } from './live-feed.js';

/** A trial as the live page lists it. */
export interface LiveTrial {
  readonly id: string;
  /** Its values on the axes, in their order. */
  readonly values: readonly AxisValue[];
  readonly state: TrialState;
  readonly step: number;
  readonly steps: number;
  /** The step at which it was lost, of one that diverged. */
  readonly lostAt?: number;
  /** Training loss of the last step, or of the last epoch of one that ended; NaN where it was none. */
  readonly loss?: number;
  /** Share of the test images, 0 to 1, of the last epoch. */
  readonly accuracy?: number;
  readonly reason?: string;
  /** ISO 8601. */
  readonly startedAt?: string;
  readonly endedAt?: string;
  /** Seconds of the attempts that this one went on from. */
  readonly secondsBefore?: number;
}

/** A sweep as the live page shows it. */
export interface LiveSweep {
  readonly name: string;
  readonly description?: string;
  /** `labels[i]` is how `values[i]` is written. */
  readonly axes: readonly (Pick<Axis, 'path' | 'title' | 'short' | 'values'> & {
    readonly labels: readonly string[];
  })[];
  readonly trials: readonly LiveTrial[];
}

/** What a subscriber is told of a run folder. */
export type LiveMessage =
  | { readonly type: 'sweep'; readonly sweep: LiveSweep }
  | { readonly type: 'trials'; readonly trials: readonly LiveTrial[] }
  /** What keeps the folder from being read: what was told before is the last that is known. */
  | { readonly type: 'problem'; readonly problem: string };

/** What a look at the run folder found. */
interface LiveChange {
  /** Whether the plan is another than before, and all trials with it; or can no more, or again, be read. */
  readonly hasNewPlan: boolean;
  readonly trials: readonly LiveTrial[];
}

interface Watched {
  trial: LiveTrial;
  statusStamp: string;
  metricsStamp: string;
}

/** Trials that do not run are looked at in parts of this size, so that a look stays cheap in large sweeps. */
const PART = 1000;

/** Follows the run folder `dir` by looking at the times and sizes of its files. Writes nothing. */
export function followRun(dir: string) {
  let planStamp = '';
  let plan: StoredPlan | undefined;
  let axes: readonly Axis[] = [];
  let watched = new Map<string, Watched>();
  let next = 0;
  let problem: string | undefined;

  const loadPlan = () => {
    plan = readPlan(dir);
    if (!plan) return;
    const trials = readPlannedTrials(dir, plan);
    axes = namingAxes(trials.map(({ config }) => config));
    watched = new Map(
      trials.map(({ id, config, derived }) => {
        const values = valuesOf(config);
        const trial: LiveTrial = {
          id,
          values: axes.map(({ path }) => values[path]),
          state: 'queued',
          step: 0,
          steps: derived.steps,
        };
        return [id, { trial, statusStamp: '', metricsStamp: '' }];
      }),
    );
    // A plan is written before the folders of its trials: look again until all are there.
    planStamp = trials.length === plan.trials.length ? stampOf(runFiles(dir).plan) : '';
  };

  /** Looks at `part` of the trials that do not run and at all that do. */
  const look = (part: number): LiveChange => {
    const stamp = stampOf(runFiles(dir).plan);
    const hadProblem = problem;
    problem = stamp === NO_FILE ? `${dir} was deleted or moved.` : undefined;
    const hasNewPlan = problem === undefined && (planStamp === '' || planStamp !== stamp);
    if (hasNewPlan) problem = whatFails(loadPlan);
    if (problem !== undefined) return { hasNewPlan: problem !== hadProblem, trials: [] };
    const entries = [...watched.values()];
    const changed: LiveTrial[] = [];
    const from = next;
    next = entries.length === 0 ? 0 : (from + Math.min(part, entries.length)) % entries.length;
    entries.forEach((entry, i) => {
      const isInPart = (i - from + entries.length) % entries.length < part;
      if (!hasNewPlan && !isInPart && entry.trial.state !== 'running') return;
      if (lookAt(dir, entry)) changed.push(entry.trial);
    });
    return { hasNewPlan: hasNewPlan || hadProblem !== undefined, trials: changed };
  };

  return {
    /** Looks for changes; a trial that starts or ends may be noticed a few looks later where there are thousands. */
    look: () => look(PART),
    /** Everything, as it is now. */
    sweep(): LiveSweep {
      look(Number.POSITIVE_INFINITY);
      const { name = dir, description } = plan?.config ?? {};
      return {
        name,
        ...(description === undefined ? {} : { description }),
        axes: axes.map(({ path, title, short, values, label }) => ({
          path,
          title,
          short,
          values,
          labels: values.map(label),
        })),
        trials: [...watched.values()].map(({ trial }) => trial),
      };
    },
    /** What keeps the folder from being read, as of the last look. */
    problem: () => problem,
    /** Whether `id` is a trial of the plan. Ids from the network become paths only after this said yes. */
    hasTrial: (id: string): boolean => watched.has(id),
  };
}

/** The run as a feed tells of it. */
export const followedRun = (run: ReturnType<typeof followRun>): Followed<LiveTrial, LiveMessage> => ({
  look() {
    const { hasNewPlan, trials } = run.look();
    return { isWhole: hasNewPlan, changed: trials };
  },
  keyOf: ({ id }) => id,
  whole() {
    const sweep = run.sweep();
    const problem = run.problem();
    return problem === undefined ? { type: 'sweep', sweep } : { type: 'problem', problem };
  },
  part: (trials) => ({ type: 'trials', trials }),
});

/** What `act` fails with, in words. */
function whatFails(act: () => void): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Reads what changed of one trial; whether anything did. */
function lookAt(dir: string, entry: Watched): boolean {
  const folder = runFiles(dir).trial(entry.trial.id);
  const files = trialFiles(folder);
  const statusStamp = stampOf(files.status);
  const hasNewStatus = statusStamp !== entry.statusStamp;
  if (hasNewStatus) {
    const status = readStatusNow(folder);
    if (status === 'unreadable') return false;
    entry.statusStamp = statusStamp;
    entry.trial = withStatus(entry.trial, status);
  }
  if (entry.trial.state !== 'running') return hasNewStatus;
  const metricsStamp = stampOf(files.metrics);
  if (metricsStamp === entry.metricsStamp) return hasNewStatus;
  entry.metricsStamp = metricsStamp;
  entry.trial = { ...entry.trial, ...lastProgress(files.metrics) };
  return true;
}

function withStatus({ id, values, steps }: LiveTrial, status: TrialStatus | undefined): LiveTrial {
  if (!status) return { id, values, steps, state: 'queued', step: 0 };
  const { status: state, step, lostAt, reason, metrics, startedAt, endedAt, secondsBefore } = status;
  return {
    id,
    values,
    steps,
    state,
    step,
    ...(lostAt === undefined ? {} : { lostAt }),
    ...(reason === undefined ? {} : { reason }),
    ...(metrics['trainLoss'] === undefined ? {} : { loss: metrics['trainLoss'] }),
    ...(metrics['accuracy'] === undefined ? {} : { accuracy: metrics['accuracy'] }),
    startedAt,
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(secondsBefore === undefined ? {} : { secondsBefore }),
  };
}

/** The status file may be replaced while it is read. */
function readStatusNow(folder: string): TrialStatus | undefined | 'unreadable' {
  try {
    return readSoundStatus(folder);
  } catch {
    return 'unreadable';
  }
}

import { type Axis, keysOfSeed, sweptAxes, valuesOf } from '../../plan/index.js';
import {
  isFinished,
  type ProgressLine,
  type SweepConfig,
  type TrialRecord,
  type TrialStatus,
  trialSeconds,
} from '../../schema/index.js';
import { isFigure } from '../../text/index.js';
import { type OptunaParameter, optunaParameter } from './optuna-distribution.js';
import { pythonJson } from './python-json.js';

/** `optuna.storages.journal.JournalOperation`. */
const OPERATION = { createStudy: 0, studyUserAttribute: 2, studySystemAttribute: 3, createTrial: 4 } as const;
/** `optuna.study.StudyDirection`. */
const DIRECTION = { minimize: 1, maximize: 2 } as const;
type Metric = 'accuracy' | 'loss';

/** `optuna.trial.TrialState`, by what a trial of ours is. */
const STATE: Readonly<Record<TrialStatus['status'] | 'queued', number>> = {
  running: 0,
  done: 1,
  pruned: 2,
  diverged: 3,
  failed: 3,
  queued: 4,
  preempted: 4,
};

/**
 * A sweep as the journal that Optuna's `JournalStorage(JournalFileBackend(path))` reads (`optuna/storages/journal/_storage.py` of 5.0.0):
 * a study of the sweep's name with a trial for each of ours.
 *
 * Parameters are the axes, by their paths; the seed and what follows from it are attributes. The value is the accuracy, to be
 * maximized, or where no trial has one the loss. A diverged trial is a failed one with its reason; a preempted one waits, as a queued
 * one does. Intermediate values are those of the epochs, by their number.
 *
 * @param epochsOf The ends of epochs of a trial, asked for those that have begun.
 */
export function* optunaJournal(
  { name, description, axes: written, references }: Pick<SweepConfig, 'name' | 'description' | 'axes' | 'references'>,
  records: readonly TrialRecord[],
  epochsOf: (id: string) => readonly ProgressLine[],
): Generator<string> {
  const line = (operation: number, fields: object) =>
    `${pythonJson({ op_code: operation, worker_id: 'nf-sweeps', ...fields })}\n`;
  const hasAccuracy = records.some(({ status }) => isFigure(status?.metrics['accuracy']));
  const metric: Metric = hasAccuracy ? 'accuracy' : 'loss';
  const directions = [hasAccuracy ? DIRECTION.maximize : DIRECTION.minimize];
  yield line(OPERATION.createStudy, { study_name: name, directions });
  yield line(OPERATION.studySystemAttribute, { study_id: 0, system_attr: { 'study:metric_names': [metric] } });
  if (description) yield line(OPERATION.studyUserAttribute, { study_id: 0, user_attr: { description } });
  const ofSeed = keysOfSeed(references);
  const rows = records.map(({ trial }) => valuesOf(trial.config));
  const axes = sweptAxes(rows).filter(({ path }) => !ofSeed.has(path));
  const parameters = axes.map((axis) => ({ axis, parameter: optunaParameter(axis, written[axis.path]) }));
  for (const [i, record] of records.entries()) {
    yield line(OPERATION.createTrial, {
      study_id: 0,
      ...createdTrial(record, rows[i]!, parameters, metric, epochsOf),
      user_attrs: attributesOf(record, ofSeed, rows[i]!),
    });
  }
}

function createdTrial(
  { trial, status }: TrialRecord,
  row: ReturnType<typeof valuesOf>,
  parameters: readonly { readonly axis: Axis; readonly parameter: OptunaParameter }[],
  metric: Metric,
  epochsOf: (id: string) => readonly ProgressLine[],
): object {
  const set = parameters.flatMap(({ axis, parameter }) => {
    const internal = parameter.internal(row[axis.path]);
    return internal === undefined ? [] : [{ ...parameter, internal }];
  });
  const state = STATE[status?.status ?? 'queued'];
  const epochs = (status ? epochsOf(trial.id) : []).filter((epoch) => typeof epoch[metric] === 'number');
  // Of a pruned one Optuna, too, has the last value that it reported.
  const last = status?.metrics[metric] ?? epochs.at(-1)?.[metric];
  const isMeasured = status?.status === 'done' || status?.status === 'pruned';
  return {
    datetime_start: status && status.status !== 'preempted' ? pythonTime(status.startedAt) : null,
    state,
    value: isMeasured && isFigure(last) ? last : null,
    values: null,
    // Optuna asks for it of all that have ended, and takes none of others.
    ...(isFinished(status) || status?.status === 'failed'
      ? { datetime_complete: pythonTime(status.endedAt ?? status.startedAt) }
      : {}),
    distributions: Object.fromEntries(set.map(({ name, distribution }) => [name, distribution])),
    params: Object.fromEntries(set.map(({ name, internal }) => [name, internal])),
    system_attrs: {},
    intermediate_values: Object.fromEntries(epochs.map((epoch) => [epoch.epoch, epoch[metric]])),
  };
}

function attributesOf({ trial, status }: TrialRecord, ofSeed: ReadonlySet<string>, row: ReturnType<typeof valuesOf>) {
  const followers = [...ofSeed].filter((path) => path !== 'seed' && row[path] !== undefined);
  return {
    id: trial.id,
    status: status?.status ?? 'queued',
    seed: trial.config.seed,
    ...Object.fromEntries(followers.map((path) => [path, row[path]])),
    reason: status?.reason,
    step: status?.step,
    steps: trial.derived.steps,
    lostAt: status?.lostAt,
    learningRate: trial.derived.learningRate,
    seconds: status && trialSeconds(status),
    ...Object.fromEntries(Object.entries(status?.metrics ?? {}).map(([name, value]) => [`metrics.${name}`, value])),
  };
}

/** As `datetime.fromisoformat` of every Python takes it: with an offset instead of Z. */
const pythonTime = (iso: string): string => new Date(iso).toISOString().replace(/Z$/, '000+00:00');

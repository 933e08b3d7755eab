import { existsSync } from 'node:fs';
import { loadSweepConfig } from '../config/index.js';
import type { EngineName } from '../engines/index.js';
import { estimateSeconds, localExecutor, measureKinds, readTimings, type TrialTiming } from '../execute/index.js';
import {
  countRepeats,
  diffPlans,
  nameOfConfig,
  namingAxes,
  orderTrials,
  type PlanDiff,
  repeatsLine,
  type Selection,
  selectTrials,
  sweepTrials,
} from '../plan/index.js';
import { axisColumns, STATE_STYLE } from '../report/index.js';
import { isFinished, isOwnTrial, type SweepConfig, type Trial, type TrialRecord } from '../schema/index.js';
import {
  isPartOf,
  planConflicts,
  readPlan,
  readPlannedTrials,
  recordReader,
  runFiles,
  storedPlan,
} from '../store/index.js';
import { SweepError } from '../sweep-error.js';
import { type Column, formatDuration, formatRate, type Paint, textTable } from '../text/index.js';
import { checkClipExclude, missingData } from '../trial/index.js';
import type { DocumentOf } from './documents/document-parts.js';
import type { planDocument } from './documents/plan-document.js';
import { EXIT } from './exit-codes.js';
import { withKeyOptions } from './key-options.js';
import { loadConfig } from './load-config.js';
import { type CommandResult, textOf } from './output/command-result.js';

export interface PlanCommandOptions extends Selection {
  readonly out?: string;
  readonly quick?: boolean;
  readonly engine?: EngineName;
  readonly order?: string;
  readonly parallel?: number;
  /** Runs a few steps of each kind of trial first, to tell the time. */
  readonly measure?: boolean;
  /** A config or a run folder that the plan is compared with. */
  readonly diff?: string;
  readonly trialModule?: string;
  readonly workers?: number;
  readonly trustNetwork?: boolean;
}

type PlanData = DocumentOf<typeof planDocument>;

/** Tells the trials of `file`, a config or a run folder, what the run folder holds of them, and how long the others will take. */
export async function planCommand(
  file: string,
  overrides: readonly string[],
  options: PlanCommandOptions,
): Promise<CommandResult<PlanData>> {
  const { quick = false } = options;
  const { config, home } = await loadConfig(file, { quick, overrides: withKeyOptions(overrides, options) });
  const dir = options.out ?? home;
  const recordOf = await recordReader(dir);
  const trials = sweepTrials(config, recordOf);
  const records = selectTrials(trials.map(recordOf), options);
  const todo = orderTrials(
    records.filter(({ status }) => !isFinished(status)).map(({ trial }) => trial),
    config,
  );
  const stored = readPlan(dir);
  const planned = storedPlan(config, trials);
  const conflicts = stored ? planConflicts(stored, planned) : [];
  const diff = options.diff === undefined ? undefined : diffPlans(await otherTrials(options.diff, options), trials);
  const time = todo.length > 0 ? await timeOf(config, dir, records, todo, options) : undefined;
  const isOwn = config.trialModule !== undefined;
  const layers = isOwn ? undefined : await clipExcludeProblem(trials);
  const repeated = countRepeats(config);
  const isPart = stored !== undefined && isPartOf(stored, planned);
  const data: PlanData = {
    ...{ name: config.name, dir, isPart, isSearch: config.boundary !== undefined, repeated, conflicts },
    trials: records.map(({ trial: { id, config, derived }, status }) => ({
      ...{ id, config, learningRate: derived.learningRate, steps: derived.steps },
      status: status?.status ?? 'queued',
    })),
    toRun: todo.map(({ id }) => id),
    ...(diff ? { diff: diffData(diff) } : {}),
    ...(time && 'seconds' in time ? { estimate: time } : {}),
  };
  const notes = [
    '',
    `${records.length} trials, ${todo.length} to run in ${dir}${config.boundary ? ', and those that the search adds' : ''}`,
    ...(repeated > 0 ? [repeatsLine(config, repeated)] : []),
    ...(stored && isPart
      ? [`They are a part of the ${stored.trials.length} trials of that folder; run makes these alone`]
      : []),
    ...(conflicts.length > 0
      ? [`That folder belongs to another plan; run with --out DIR:`, ...conflicts.map((line) => `  ${line}`)]
      : []),
    ...(time ? [timeLine(time)] : []),
  ];
  return {
    data,
    text: (paint) => textOf([...(diff ? diffLines(diff) : trialTable(records, paint)), ...notes]),
    warnings: [
      ...(isOwn ? [] : missingData(trials)),
      // What is damaged is trained again: nothing is in the way of the plan.
      ...new Set(records.flatMap(({ damage }) => damage ?? [])),
      ...(layers ? [layers] : []),
    ],
    exitCode: conflicts.length > 0 || layers ? EXIT.usage : EXIT.ok,
  };
}

/** What is wrong with the layers that are not clipped; the plan needs no model and is shown all the same. */
async function clipExcludeProblem(trials: readonly Trial[]): Promise<string | undefined> {
  try {
    await checkClipExclude(trials);
    return undefined;
  } catch (error) {
    if (error instanceof SweepError) return error.message;
    throw error;
  }
}

const TRAINING_COLUMNS: readonly Column<TrialRecord>[] = [
  { title: 'learning rate', align: 'right', cell: ({ trial }) => formatRate(trial.derived.learningRate) },
  { title: 'steps', align: 'right', cell: ({ trial }) => String(trial.derived.steps) },
];

function trialTable(records: readonly TrialRecord[], paint: Paint): string[] {
  const state = ({ status }: TrialRecord) => status?.status ?? 'queued';
  const axes = namingAxes(records.map(({ trial }) => trial.config));
  const rows = records.map((record) => ({ ...record, config: record.trial.config }));
  return textTable(
    rows,
    [
      ...axisColumns(axes),
      ...(records.every(({ trial }) => isOwnTrial(trial.config)) ? [] : TRAINING_COLUMNS),
      { title: 'trial', cell: ({ trial }) => trial.id, style: () => 'dim' },
      {
        title: 'in the run folder',
        cell: (record) => (state(record) === 'queued' ? 'to run' : state(record)),
        style: (record) => STATE_STYLE[state(record)],
      },
    ],
    { paint },
  );
}

/** The trials of a config, or those of a run folder. */
async function otherTrials(path: string, { quick = false }: PlanCommandOptions): Promise<Trial[]> {
  const stored = existsSync(runFiles(path).plan) ? readPlan(path) : undefined;
  return stored ? readPlannedTrials(path, stored) : sweepTrials(await loadSweepConfig(path, { quick }));
}

function diffLines({ added, removed, kept, changes }: PlanDiff): string[] {
  const axes = namingAxes([...removed, ...kept, ...added].map(({ config }) => config));
  const line = (sign: string) => (trial: Trial) => `${sign} ${trial.id}  ${nameOfConfig(trial.config, axes)}`;
  return [
    ...changes,
    ...removed.map(line('-')),
    ...added.map(line('+')),
    `${added.length} added, ${removed.length} removed, ${kept.length} in both`,
  ];
}

function diffData({ added, removed, kept, changes }: PlanDiff) {
  const ids = (trials: readonly Trial[]) => trials.map(({ id }) => id);
  return {
    ...{ added: ids(added), kept: ids(kept), changes },
    removed: removed.map(({ id, config }) => ({ id, config })),
  };
}

type Estimate = NonNullable<PlanData['estimate']>;

/** How long `todo` will take, or why that is not known. */
async function timeOf(
  config: SweepConfig,
  dir: string,
  records: readonly TrialRecord[],
  todo: readonly Trial[],
  options: PlanCommandOptions,
): Promise<Estimate | { readonly unknown: string }> {
  const { parallel = config.parallel, engine = config.engine, measure } = options;
  const { trialModule } = config;
  const executor = localExecutor({ parallel, engine, ...(trialModule ? { trialModule } : {}) });
  const timings: TrialTiming[] = measure ? await measureKinds(todo, executor) : readTimings(dir, records);
  const seconds = estimateSeconds(todo, timings, parallel);
  if (seconds !== undefined) return { seconds, parallel, source: measure ? 'measured' : 'trials in the folder' };
  return {
    unknown: measure ? 'The measured trials failed; run one to see why.' : 'For an estimate of the time: --measure',
  };
}

function timeLine(time: Estimate | { readonly unknown: string }): string {
  if ('unknown' in time) return time.unknown;
  const source = time.source === 'measured' ? 'by a few steps of each kind' : 'by the trials in the folder';
  return `about ${formatDuration(time.seconds)} with ${time.parallel} at a time, ${source}`;
}

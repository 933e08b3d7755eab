import { existsSync } from 'node:fs';
import { loadSweepConfig } from '../config/index.js';
import type { EngineName } from '../engines/index.js';
import { estimateSeconds, localExecutor, measureKinds, readTimings, type TrialTiming } from '../execute/index.js';
import { countRepeats, diffPlans, nameOfConfig, namingAxes, repeatsLine, sweepTrials } from '../plan/index.js';
import { axisColumns, STATE_STYLE } from '../report/index.js';
import { isFinished, type SweepConfig, type Trial, type TrialRecord } from '../schema/index.js';
import {
  isPartOf,
  planConflicts,
  readPlan,
  readPlannedTrials,
  recordReader,
  runFiles,
  storedPlan,
} from '../store/index.js';
import { terminalPaint } from '../terminal-paint.js';
import { formatDuration, formatRate, textTable } from '../text/index.js';
import { checkClipExclude, missingData } from '../trial/index.js';
import { EXIT } from './exit-codes.js';
import { loadConfig } from './load-config.js';
import { tellDamage } from './tell-damage.js';
import { withEngine } from './with-engine.js';

export interface PlanCommandOptions {
  readonly out?: string;
  readonly quick?: boolean;
  readonly engine?: EngineName;
  readonly parallel?: number;
  /** Runs a few steps of each kind of trial first, to tell the time. */
  readonly measure?: boolean;
  /** A config or a run folder that the plan is compared with. */
  readonly diff?: string;
  readonly trialModule?: string;
}

/** Prints the trials of `file`, a config or a run folder, what the run folder holds of them, and how long the others will take; returns the exit code. */
export async function planCommand(
  file: string,
  overrides: readonly string[],
  options: PlanCommandOptions,
): Promise<number> {
  const { quick = false } = options;
  const { config, home } = await loadConfig(file, { quick, overrides: withEngine(overrides, options.engine) });
  const dir = options.out ?? home;
  const recordOf = await recordReader(dir);
  const trials = sweepTrials(config, recordOf);
  const records = trials.map(recordOf);
  const todo = records.filter(({ status }) => !isFinished(status)).map(({ trial }) => trial);
  const stored = readPlan(dir);
  const planned = storedPlan(config, trials);
  const conflicts = stored ? planConflicts(stored, planned) : [];
  const repeated = countRepeats(config);
  const lines =
    options.diff === undefined ? trialTable(records) : diffLines(await otherTrials(options.diff, options), trials);
  process.stdout.write(
    `${[
      ...lines,
      '',
      `${records.length} trials, ${todo.length} to run in ${dir}${config.boundary ? ', and those that the search adds' : ''}`,
      ...(repeated > 0 ? [repeatsLine(config, repeated)] : []),
      ...(stored && isPartOf(stored, planned)
        ? [`They are a part of the ${stored.trials.length} trials of that folder; run makes these alone`]
        : []),
      ...(conflicts.length > 0
        ? [`That folder belongs to another plan; run with --out DIR:`, ...conflicts.map((line) => `  ${line}`)]
        : []),
    ].join('\n')}\n`,
  );
  if (todo.length > 0) process.stdout.write(`${await timeLine(config, dir, records, todo, options)}\n`);
  for (const line of options.trialModule ? [] : missingData(trials)) process.stderr.write(`${line}\n`);
  // What is damaged is trained again: nothing is in the way of the plan.
  tellDamage(records.flatMap(({ damage }) => damage ?? []));
  // Behind the plan, which needs no model.
  if (options.trialModule === undefined) await checkClipExclude(trials);
  return conflicts.length > 0 ? EXIT.usage : EXIT.ok;
}

function trialTable(records: readonly TrialRecord[]): string[] {
  const state = ({ status }: TrialRecord) => status?.status ?? 'queued';
  const axes = namingAxes(records.map(({ trial }) => trial.config));
  const rows = records.map((record) => ({ ...record, config: record.trial.config }));
  return textTable(
    rows,
    [
      ...axisColumns(axes),
      { title: 'learning rate', align: 'right', cell: ({ trial }) => formatRate(trial.derived.learningRate) },
      { title: 'steps', align: 'right', cell: ({ trial }) => String(trial.derived.steps) },
      { title: 'trial', cell: ({ trial }) => trial.id, style: () => 'dim' },
      {
        title: 'in the run folder',
        cell: (record) => (state(record) === 'queued' ? 'to run' : state(record)),
        style: (record) => STATE_STYLE[state(record)],
      },
    ],
    { paint: terminalPaint(process.stdout) },
  );
}

/** The trials of a config, or those of a run folder. */
async function otherTrials(path: string, { quick = false }: PlanCommandOptions): Promise<Trial[]> {
  const stored = existsSync(runFiles(path).plan) ? readPlan(path) : undefined;
  return stored ? readPlannedTrials(path, stored) : sweepTrials(await loadSweepConfig(path, { quick }));
}

function diffLines(before: readonly Trial[], after: readonly Trial[]): string[] {
  const { added, removed, kept, changes } = diffPlans(before, after);
  const axes = namingAxes([...before, ...after].map(({ config }) => config));
  const line = (sign: string) => (trial: Trial) => `${sign} ${trial.id}  ${nameOfConfig(trial.config, axes)}`;
  return [
    ...changes,
    ...removed.map(line('-')),
    ...added.map(line('+')),
    `${added.length} added, ${removed.length} removed, ${kept.length} in both`,
  ];
}

async function timeLine(
  config: SweepConfig,
  dir: string,
  records: readonly TrialRecord[],
  todo: readonly Trial[],
  options: PlanCommandOptions,
): Promise<string> {
  const { parallel = config.parallel, engine = config.engine, trialModule, measure } = options;
  const executor = localExecutor({ parallel, engine, ...(trialModule ? { trialModule } : {}) });
  const timings: TrialTiming[] = measure ? await measureKinds(todo, executor) : readTimings(dir, records);
  const seconds = estimateSeconds(todo, timings, parallel);
  if (seconds === undefined) {
    return measure ? 'The measured trials failed; run one to see why.' : 'For an estimate of the time: --measure';
  }
  const source = measure ? 'by a few steps of each kind' : 'by the trials in the folder';
  return `about ${formatDuration(seconds)} with ${parallel} at a time, ${source}`;
}

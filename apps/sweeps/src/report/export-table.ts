import { z } from 'zod';
import {
  defaultOf,
  type FullTrialRecord,
  isOwnTrial,
  isWholeKey,
  type ProgressLine,
  TRIAL_KEYS,
  valueAtKey,
} from '../schema/index.js';
import { type FlatTrial, flatTrial } from '../store/index.js';

/** What the values of a column are, in Parquet's words. */
type ColumnType = 'INT64' | 'DOUBLE' | 'BOOLEAN' | 'STRING';

/** A table whose columns, of whichever run folder, have the same names, order and types. */
export interface ExportTable {
  readonly columns: Readonly<Record<string, ColumnType>>;
  readonly rows: readonly FlatTrial[];
}

/** Columns of a trial beside its config. */
const TRIAL_COLUMNS = {
  id: 'STRING',
  status: 'STRING',
  reason: 'STRING',
  step: 'INT64',
  lostAt: 'INT64',
  lastLoss: 'DOUBLE',
  startedAt: 'STRING',
  endedAt: 'STRING',
  seconds: 'DOUBLE',
  attempt: 'INT64',
  peakMemory: 'INT64',
  host: 'STRING',
  engine: 'STRING',
  computedIn: 'STRING',
} as const;

const DERIVED_COLUMNS = { learningRate: 'DOUBLE', stepsPerEpoch: 'INT64', steps: 'INT64' } as const;

const METRIC_COLUMNS = {
  accuracy: 'DOUBLE',
  loss: 'DOUBLE',
  trainLoss: 'DOUBLE',
  emaAccuracy: 'DOUBLE',
  emaLoss: 'DOUBLE',
} as const;

const EPOCH_COLUMNS = {
  id: 'STRING',
  epoch: 'INT64',
  step: 'INT64',
  samples: 'INT64',
  seconds: 'DOUBLE',
  trainLoss: 'DOUBLE',
  loss: 'DOUBLE',
  accuracy: 'DOUBLE',
  emaLoss: 'DOUBLE',
  emaAccuracy: 'DOUBLE',
} as const;

/** What says in short how a trial clips. */
const SHORT_CLIP_KEYS = ['clipFactor', 'clipEps', 'clipExclude'];

/** `learningRate_base`, as in the index. */
const columnOf = (path: string) => path.replace(/\W/g, '_');

/** The values of a config, by their paths. Updates are counted in `steps`, whichever key says how many. */
const CONFIG_KEYS = [...TRIAL_KEYS].filter(([key, schema]) => !(schema instanceof z.ZodObject) && key !== 'steps');

const CONFIG_COLUMNS: Readonly<Record<string, ColumnType>> = Object.fromEntries([
  ...CONFIG_KEYS.map(([key, schema]) => [columnOf(key), typeOf(key, schema)]),
  ['repeat', 'INT64'],
]);

function typeOf(key: string, schema: z.ZodType): ColumnType {
  if (schema instanceof z.ZodBoolean) return 'BOOLEAN';
  // A clip factor is a number or `off`.
  const isNumber = [0.05, 0.5, 1, 8].some((value) => schema.safeParse(value).success);
  if (!isNumber || schema.safeParse('off').success) return 'STRING';
  return isWholeKey(key) ? 'INT64' : 'DOUBLE';
}

/**
 * A row for each trial: what it was given, defaults included, and what came of it. What a trial function of one's own measured
 * comes last, with `metrics_` before names that are taken. Reads the environments of the trials.
 */
export function trialTable(records: readonly FullTrialRecord[]): ExportTable {
  const known = { ...TRIAL_COLUMNS, ...CONFIG_COLUMNS, ...DERIVED_COLUMNS, ...METRIC_COLUMNS };
  const own = [...new Set(records.flatMap(({ status }) => Object.keys(status?.metrics ?? {})))].filter(
    (name) => !(name in METRIC_COLUMNS),
  );
  const parameters = parametersOf(records).filter((name) => !(columnOf(name) in known));
  const nameOf = (metric: string) =>
    columnOf(metric) in known || parameters.includes(metric) ? `metrics_${columnOf(metric)}` : columnOf(metric);
  const typeOfParameter = (name: string): ColumnType =>
    records.every(({ trial }) => typeof valueAtKey(trial.config, name) === 'number') ? 'DOUBLE' : 'STRING';
  const columns: Record<string, ColumnType> = {
    ...known,
    ...Object.fromEntries(parameters.map((name) => [columnOf(name), typeOfParameter(name)])),
    ...Object.fromEntries(own.map((name) => [nameOf(name), 'DOUBLE' as const])),
  };
  const rows = records.map((record) => {
    const flat = flatTrial(record);
    const { config } = record.trial;
    const hasSection = (path: string) => path === 'trial' || `${path.slice('trial.'.length)}` in config;
    const valueAt = (key: string) => {
      // The short form of clipping has no effect beside the long one, and its default would tell of a clipping that was not.
      if (config.clip !== undefined && SHORT_CLIP_KEYS.includes(key)) return null;
      // A function of one's own has none of the network's.
      const standard = isOwnTrial(config) ? null : defaultOf(`trial.${key}`, hasSection);
      const value = flat[`config.${key}`] ?? standard;
      return Array.isArray(value) ? JSON.stringify(value) : ((value ?? null) as FlatTrial[string]);
    };
    return {
      ...Object.fromEntries(Object.keys(TRIAL_COLUMNS).map((name) => [name, flat[name] ?? null])),
      engine: String(record.environment?.['engine'] ?? '') || null,
      ...Object.fromEntries(CONFIG_KEYS.map(([key]) => [columnOf(key), valueAt(key)])),
      repeat: flat['config.repeat'] ?? 1,
      ...Object.fromEntries(Object.keys(DERIVED_COLUMNS).map((name) => [name, flat[`derived.${name}`] ?? null])),
      ...Object.fromEntries(Object.keys(METRIC_COLUMNS).map((name) => [name, flat[`metrics.${name}`] ?? null])),
      ...Object.fromEntries(parameters.map((name) => [columnOf(name), flat[`config.${name}`] ?? null])),
      ...Object.fromEntries(own.map((name) => [nameOf(name), flat[`metrics.${name}`] ?? null])),
    };
  });
  return { columns, rows };
}

/** The parameters that functions of one's own were given, and their module. */
const parametersOf = (records: readonly FullTrialRecord[]): string[] => [
  ...new Set(records.flatMap(({ trial: { config } }) => (isOwnTrial(config) ? Object.keys(config) : []))),
];

/** A row for each end of an epoch of each trial, by the trial's id. */
export function epochTable(ends: Iterable<readonly [id: string, lines: readonly ProgressLine[]]>): ExportTable {
  const names = Object.keys(EPOCH_COLUMNS).slice(1) as Exclude<keyof typeof EPOCH_COLUMNS, 'id'>[];
  const rows = [...ends].flatMap(([id, lines]) =>
    lines.map((line) => ({ id, ...Object.fromEntries(names.map((name) => [name, line[name] ?? null])) })),
  );
  return { columns: EPOCH_COLUMNS, rows };
}

/** The columns of `table` for a Parquet file. */
export function parquetColumns({ columns, rows }: ExportTable) {
  const whole = (value: unknown) => (Number.isInteger(value) ? BigInt(value as number) : null);
  const as: Readonly<Record<ColumnType, (value: FlatTrial[string]) => unknown>> = {
    INT64: whole,
    DOUBLE: (value) => (typeof value === 'number' ? value : null),
    BOOLEAN: (value) => value,
    STRING: (value) => (value === null ? null : String(value)),
  };
  return Object.entries(columns).map(([name, type]) => ({
    name,
    type,
    nullable: true,
    data: rows.map((row) => as[type](row[name] ?? null)),
  }));
}

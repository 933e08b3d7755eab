import { type TrialRecord, trialSeconds } from '../schema/index.js';

/** One trial as a row: what it was given, as `config.` and `derived.`, and what came of it, as `metrics.`. */
export type FlatTrial = Readonly<Record<string, string | number | boolean | null>>;

/** `record` as a row of plain values. Pure. */
export function flatTrial({ trial, status }: TrialRecord): FlatTrial {
  const { startedAt, endedAt } = status ?? {};
  return {
    id: trial.id,
    status: status?.status ?? 'queued',
    reason: status?.reason ?? null,
    step: status?.step ?? 0,
    ...(status?.lostAt === undefined ? {} : { lostAt: status.lostAt }),
    ...(status?.lastLoss === undefined ? {} : { lastLoss: status.lastLoss }),
    startedAt: startedAt ?? null,
    endedAt: endedAt ?? null,
    seconds: (status && trialSeconds(status)) ?? null,
    attempt: status?.attempt ?? null,
    peakMemory: status?.peakMemory ?? null,
    computedIn: status?.computedIn ?? null,
    host: status?.process?.host ?? null,
    ...flatten('config', trial.config),
    ...flatten('derived', trial.derived),
    ...flatten('metrics', status?.metrics ?? {}),
  };
}

function flatten(path: string, value: unknown): Record<string, string | number | boolean | null> {
  if (Array.isArray(value)) return { [path]: JSON.stringify(value) };
  if (value === null || typeof value !== 'object')
    return { [path]: (value ?? null) as string | number | boolean | null };
  return Object.assign({}, ...Object.entries(value).map(([key, item]) => flatten(`${path}.${key}`, item)));
}

/** The names of all columns of `rows`, in the order of their first appearance. */
function columnNames(rows: readonly FlatTrial[]): string[] {
  return [...new Set(rows.flatMap(Object.keys))];
}

/** `rows` as CSV text (RFC 4180), with a line of the names of `columns`, of all that occur by default. Pure. */
export function csvText(rows: readonly FlatTrial[], names: readonly string[] = columnNames(rows)): string {
  const cell = (value: FlatTrial[string] | undefined) => {
    const text = String(value ?? '');
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return `${[names, ...rows.map((row) => names.map((name) => row[name]))].map((line) => line.map(cell).join(',')).join('\r\n')}\r\n`;
}

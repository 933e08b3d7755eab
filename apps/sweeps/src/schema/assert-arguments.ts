import { show } from '@nfnets/options';
import { SweepError } from '../sweep-error.js';
import type { SweepConfig } from './sweep-schema.js';

/** Fails where `config` is no config that `who` can take: one that is checked, with its defaults filled in. */
export function assertConfig(who: string, config: unknown): asserts config is SweepConfig {
  const missing = isSection(config)
    ? ['name', 'trial', 'axes'].find((key) => (config as Record<string, unknown>)[key] === undefined)
    : '';
  if (missing === undefined) return;
  const got = missing === '' ? `got ${show(config)}` : `\`${missing}\` is missing`;
  throw new TypeError(
    `${who}: \`config\` must be a checked config, as loadSweepConfig(file) returns it; ${got}. Write a config into a file, a module will do, and load that.`,
  );
}

/** Fails where `records` are no records of trials. */
export function assertRecords(who: string, records: unknown): void {
  const isFine =
    Array.isArray(records) && records.every((record) => isSection((record as { trial?: unknown } | null)?.trial));
  if (!isFine) throw new TypeError(`${who}: \`records\` must be a list of { trial, status }, got ${show(records)}.`);
}

/** Fails where `file` names none. */
export function assertFile(who: string, file: unknown): asserts file is string {
  if (typeof file === 'string' && file !== '') return;
  throw new SweepError(
    `${who}: \`file\` must be the path of a config, such as 'sweeps/quickstart.yaml', got ${show(file)}.`,
  );
}

const isSection = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

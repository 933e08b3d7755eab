import { nearest } from '@nfnets/options';
import type { TrialRecord } from '../schema/index.js';
import { SweepError } from '../sweep-error.js';
import { valuesOf } from './axes.js';
import { rowCondition } from './row-condition.js';

/** Which trials of a plan are meant; all that is given must hold. */
export interface Selection {
  /** Ids. Default all. */
  readonly only?: readonly string[];
  /** Conditions on their values, as `batchSize=256`. Default none. */
  readonly where?: readonly string[];
  /** Those that failed alone. Default whatever they came to. */
  readonly retry?: 'failed';
}

/**
 * The records among `records` that `selection` means. Pure.
 *
 * @throws SweepError for an id, a key or a value that none of them has, and for conditions that none meets.
 */
export function selectTrials<T extends TrialRecord>(
  records: readonly T[],
  { only, where = [], retry }: Selection,
): T[] {
  const ids = records.map(({ trial }) => trial.id);
  for (const id of only ?? []) {
    if (ids.includes(id)) continue;
    const near = nearest(id, ids);
    throw new SweepError(
      `--only: must be ids of trials of this plan, got ${id}${near ? `; did you mean ${near}?` : '. `nf-sweeps plan` lists them.'}`,
    );
  }
  const rows = new Map(records.map(({ trial }) => [trial.id, valuesOf(trial.config)]));
  const conditions = where.map((condition) => rowCondition([...rows.values()], condition, '--where'));
  const met = records.filter(
    ({ trial: { id } }) => (only?.includes(id) ?? true) && conditions.every((isMet) => isMet(rows.get(id)!)),
  );
  if (met.length === 0 && records.length > 0)
    throw new SweepError(
      `${where.length > 0 ? `--where: no trial of this plan has ${where.join(' and ')}` : '--only: names no trial'}${only && where.length > 0 ? ' among those of --only' : ''}. Leave a condition out.`,
    );
  return retry === undefined ? met : met.filter(({ status }) => status?.status === retry);
}

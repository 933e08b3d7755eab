import type { TrialRecord } from '../../schema/index.js';
import { flatTrial } from '../flat-trial.js';

/**
 * `record` as a row of the index's table `trials`: the columns of an export under names that SQL need not quote,
 * `clipFactor`, `learningRate_base`, `accuracy`. A name that is taken has its section before it: `metrics_seconds`. Pure.
 */
export function indexRow(record: TrialRecord): Record<string, string | number | null> {
  const row: Record<string, string | number | null> = {};
  // To SQLite upper and lower case are the same; `engine` and `environment` are columns that a record has not.
  const taken = new Set(['engine', 'environment']);
  for (const [path, value] of Object.entries(flatTrial(record))) {
    const full = path.replace(/\W/g, '_');
    const short = full.replace(/^(config|derived|metrics)_/, '');
    const name = taken.has(short.toLowerCase()) ? full : short;
    taken.add(name.toLowerCase());
    row[name] = typeof value === 'boolean' ? Number(value) : value;
  }
  return row;
}

import { nearest } from '@nfnets/options';
import { SweepError } from '../sweep-error.js';
import { type AxisValue, axisOf } from './axes.js';

/** A trial's values by path, as `valuesOf` gives them. */
type Row = Readonly<Record<string, AxisValue>>;

const COMPARISONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

/**
 * What `condition` asks of a row: `clipFactor=0.04`, `model!=nf_resnet50`, `batchSize<=256`, or several with commas between. Values are as tables
 * write them; larger and smaller are of numbers alone. Pure.
 *
 * @throws SweepError that names `option`, for a key or a value that none of `rows` has.
 */
export function rowCondition(rows: readonly Row[], condition: string, option: string): (row: Row) => boolean {
  const paths = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const parts = condition.split(/,(?=[\w.]+(?:!=|<=?|>=?|=))/).map((part) => partOf(part, { rows, paths, option }));
  return (row) => parts.every((part) => part(row));
}

interface Context {
  readonly rows: readonly Row[];
  readonly paths: readonly string[];
  readonly option: string;
}

function partOf(part: string, { rows, paths, option }: Context): (row: Row) => boolean {
  const [, path, sign, text] = /^([\w.]+)(!=|<=|>=|=|<|>)(.*)$/s.exec(part) ?? [];
  if (path === undefined || sign === undefined || text === undefined)
    throw new SweepError(`${option}: must look like key=value, for example clipFactor=0.04; got ${part}.`);
  if (!paths.includes(path)) {
    const near = nearest(path, paths);
    throw new SweepError(
      `${option}: must name a key of the trials, got ${path}${near ? `; did you mean ${near}?` : `. They have ${paths.join(', ')}.`}`,
    );
  }
  const { values, label } = axisOf(path, rows);
  const compare = COMPARISONS[sign];
  if (compare) {
    const limit = asNumber(text);
    if (Number.isNaN(limit))
      throw new SweepError(`${option}: ${path}${sign} must have a number behind it, got ${text || 'nothing'}.`);
    if (!values.some((value) => typeof value === 'number'))
      throw new SweepError(
        `${option}: ${path} has no numbers to be compared (${values.map(label).join(', ')}). Use = or !=.`,
      );
    return (row) => typeof row[path] === 'number' && compare(row[path], limit);
  }
  const found = values.filter((value) => [label(value), String(value)].includes(text) || value === asNumber(text));
  if (found.length === 0)
    throw new SweepError(
      `${option}: ${path} must be one of the values that trials have (${values.map(label).join(', ')}), got ${text}.`,
    );
  return (row) => found.includes(row[path]) === (sign === '=');
}

const asNumber = (text: string): number => (text.trim() === '' ? Number.NaN : Number(text));

import { type Axis, type AxisValue, isAbsent, isGeometric, numbersOf } from '../../plan/index.js';
import { isWholeKey, type WrittenAxis } from '../../schema/index.js';
import { pythonJson } from './python-json.js';

/** What Optuna calls the values that a parameter may have. */
export interface OptunaParameter {
  readonly name: string;
  /** As `optuna.distributions.distribution_to_json` writes it. */
  readonly distribution: string;
  /** What the journal has for a value: the number, or the place among the choices; undefined where a trial has no such setting. */
  readonly internal: (value: AxisValue) => number | undefined;
}

/**
 * The parameter of `axis`, which a config that says how its values are spaced or drawn has as `written`. Numbers alone are a float or
 * an int from the least to the largest, on a logarithmic scale where they are drawn so, or lie at more equal factors than
 * distances; all else is a choice. Pure.
 */
export function optunaParameter(axis: Axis, written?: WrittenAxis): OptunaParameter {
  const { path: name, values } = axis;
  const hasWords = values.some((value) => typeof value !== 'number' && !isAbsent(axis, value));
  return hasWords ? choices(axis) : { name, ...numbers(axis, written) };
}

function choices(axis: Axis): OptunaParameter {
  const plain = (value: AxisValue) => (value === undefined ? axis.label(value) : value);
  const all = axis.values.filter((value) => !isAbsent(axis, value)).map(plain);
  const distribution = pythonJson({ name: 'CategoricalDistribution', attributes: { choices: all } });
  return {
    name: axis.path,
    distribution,
    internal: (value) => (isAbsent(axis, value) ? undefined : all.indexOf(plain(value))),
  };
}

function numbers(axis: Axis, written: WrittenAxis | undefined): Omit<OptunaParameter, 'name'> {
  const own = numbersOf(axis);
  const { range, logRange } = written === undefined || Array.isArray(written) ? {} : (written as Spacing);
  const ends = (range ?? logRange ?? []).slice(0, 2);
  const low = Math.min(...own, ...ends);
  const high = Math.max(...own, ...ends);
  const log = logRange !== undefined || (range === undefined && isGeometric(own));
  const isWhole = isWholeKey(axis.path) && own.every(Number.isInteger);
  const attributes = isWhole ? { log, step: 1, low, high } : { step: null, low, high, log };
  return {
    distribution: pythonJson({ name: isWhole ? 'IntDistribution' : 'FloatDistribution', attributes }),
    internal: (value) => (typeof value === 'number' ? value : undefined),
  };
}

interface Spacing {
  readonly range?: readonly number[];
  readonly logRange?: readonly number[];
}

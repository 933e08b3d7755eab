import { existsSync } from 'node:fs';
import { nearest } from '@nfnets/options';
import {
  type Condition,
  canonicalJson,
  countPoints,
  groupAxes,
  matchesCondition,
  NoValueError,
  SOBOL_DIMENSIONS,
  sweepSeeds,
  trialConfigs,
} from '../plan/index.js';
import {
  axisValues,
  countAxisValues,
  isOwnTrial,
  MAX_TRIALS,
  ownKeys,
  type SweepConfig,
  TRIAL_KEYS,
  type TrialConfig,
  trialSchema,
  valueAtKey,
  type WrittenAxis,
} from '../schema/index.js';
import { checkTrial } from './check-trial.js';
import type { ConfigDocument } from './config-document.js';

type Report = (path: readonly PropertyKey[], message: string, of?: 'key' | 'value') => void;

/** Mistakes told are at most this many: the rest repeats them. */
const MOST_PROBLEMS = 20;

/** What the schema cannot say: keys that name each other, sizes that have to fit. One line for each mistake. */
export function checkSweep(config: SweepConfig, document: ConfigDocument): string[] {
  const problems = new Set<string>();
  const report: Report = (path, message, of = 'value') => {
    const { where, label } = document.locate(path, of);
    problems.add(`${where}: ${label}: ${message}${message.endsWith('?') ? '' : '.'}`);
  };
  checkAxes(config, report);
  if (!isOwnTrial(config.trial)) checkClipping(config, document, report);
  checkZip(config, report);
  checkMethod(config, report);
  checkSeeds(config, report);
  checkConditions(config, report);
  checkSearch(config, report);
  checkWorkers(config, report);
  if (problems.size === 0) checkSize(config, report);
  checkModule(config, report);
  if (problems.size === 0) checkTrials(config, document, report, problems);
  return [...problems].slice(0, MOST_PROBLEMS);
}

function checkAxes({ axes, zip = [] }: SweepConfig, report: Report): void {
  const keys = Object.keys(axes);
  for (const [key, axis] of Object.entries(axes)) {
    // Zipped axes are told apart by their rows.
    if (zip.some((names) => names.includes(key)) || !Array.isArray(axis)) continue;
    const texts = axis.map(canonicalJson);
    for (const [i, text] of texts.entries()) {
      const first = texts.indexOf(text);
      if (first < i) report(['axes', key, i], `repeats ${text}, which [${first}] already is`);
    }
  }
  for (const key of keys) {
    const outer = keys.find((other) => key.startsWith(`${other}.`));
    if (outer) report(['axes', key], `sets a part of axes.${outer}; leave one of them out`, 'key');
  }
}

/** The file is looked for where the sweep is planned: every trial needs it. */
function checkModule({ trialModule, trial }: SweepConfig, report: Report): void {
  if (trialModule === undefined) return;
  if (!existsSync(trialModule))
    report(['trialModule'], `must be a file with a trial function; there is none at ${trialModule}`);
  else if (!/\.[cm]?[jt]s$/.test(trialModule))
    report(['trialModule'], `must be a module (.js, .mjs, .ts, .mts), got ${trialModule}`);
  const odd = Object.keys(trial).find((key) => isOwnTrial(trial) && !/^[A-Za-z_]\w*$/.test(key));
  if (odd !== undefined)
    report(['trial', odd], 'must be a name of letters, digits and "_" that begins with a letter', 'key');
}

/** Processes meet in TensorFlow's graphs, and share batches. */
function checkWorkers({ workers, engine }: SweepConfig, report: Report): void {
  if (workers === 1 || engine === 'auto' || engine === 'native' || engine === 'native-gpu') return;
  report(
    ['workers'],
    `must be 1 on engine ${engine}, got ${workers}: several meet within native TensorFlow; take engine native`,
  );
}

/** The short form of clipping beside the long one would do nothing. */
function checkClipping({ axes, trial }: SweepConfig, { values }: ConfigDocument, report: Report): void {
  const isLong = (key: string) => key === 'clip' || key.startsWith('clip.');
  if (trial.clip === undefined && !Object.keys(axes).some(isLong)) return;
  const message = 'must not stand beside clip, which takes its place: write clip: { rule: agc, factor, eps, exclude }';
  for (const key of ['clipFactor', 'clipEps', 'clipExclude'] as const) {
    if (Object.hasOwn(axes, key)) report(['axes', key], message, 'key');
    // Of what was written: the clip factor has a default.
    const written = valueAtKey(values as object, `trial.${key}`);
    if (written !== undefined && written !== null) report(['trial', key], message, 'key');
  }
}

function checkZip({ axes, zip = [] }: SweepConfig, report: Report): void {
  const seen = new Set<string>();
  for (const [i, keys] of zip.entries()) {
    for (const [j, key] of keys.entries()) {
      const path = ['zip', i, j];
      const axis = Object.hasOwn(axes, key) ? axes[key] : undefined;
      if (axis === undefined) {
        report(
          path,
          `must be one of the axes (${Object.keys(axes).join(', ')}), got "${key}"${didYouMean(key, Object.keys(axes))}`,
        );
        continue;
      }
      if (seen.has(key)) report(path, `"${key}" is zipped already; an axis may stand in one place`);
      seen.add(key);
      const [first, length] = [axes[keys[0]!], countAxisValues(axis)];
      if (first && countAxisValues(first) !== length) {
        const show = (count: number) => (Number.isFinite(count) ? count : 'any number in between');
        report(path, `must have as many values as ${keys[0]} (${show(countAxisValues(first))}), got ${show(length)}`);
      }
    }
  }
}

function checkMethod({ axes, zip, method, order }: SweepConfig, report: Report): void {
  if (order === 'coarse-to-fine' && method !== undefined && method.name !== 'grid')
    report(
      ['order'],
      `must be longest or random beside method ${method.name}, whose points are no map, got "${order}"`,
    );
  if (method === undefined || method.name === 'grid') {
    for (const [key, axis] of Object.entries(axes)) {
      if (Number.isFinite(countAxisValues(axis))) continue;
      const way = 'range' in axis ? 'a step' : 'count or perDecade';
      report(['axes', key], `must have ${way} in a grid; any number in between is for method random or sobol`);
    }
    if (method?.count !== undefined) report(['method', 'count'], 'must be left out: a grid takes every combination');
    return;
  }
  if (method.count === undefined)
    report(['method', 'count'], `missing; must be the number of points that ${method.name} draws`);
  const groups = groupAxes({ axes, zip }).length;
  if (groups === 0) report(['method', 'name'], `must be grid where there are no axes, got "${method.name}"`);
  if (method.name === 'sobol' && groups > SOBOL_DIMENSIONS) {
    report(['method', 'name'], `must be random for more than ${SOBOL_DIMENSIONS} axes, got "sobol" for ${groups}`);
  }
}

function checkSeeds(config: SweepConfig, report: Report): void {
  const { axes, seeds } = config;
  if (seeds === undefined) return;
  if (typeof seeds === 'number' && seeds > MAX_TRIALS) {
    report(['seeds'], `must be at most ${MAX_TRIALS}, the trials that a sweep may have, got ${seeds}`);
    return;
  }
  if ('seed' in axes) report(['seeds'], 'must not stand beside axes.seed; leave one of them out');
  const values = sweepSeeds(config);
  const outside = values.find((value) => !TRIAL_KEYS.get('seed')!.safeParse(value).success);
  if (outside !== undefined)
    report(['seeds'], `gives the seed ${outside}, which is not ${TRIAL_KEYS.get('seed')!.meta()?.['rule']}`);
  const repeated = values.findIndex((value, i) => values.indexOf(value) < i);
  if (repeated >= 0)
    report(['seeds', repeated], `repeats ${values[repeated]}, which [${values.indexOf(values[repeated]!)}] already is`);
}

function checkConditions(config: SweepConfig, report: Report): void {
  const { axes, when = {}, exclude = [] } = config;
  const keys = keysOf(config);
  for (const [key, condition] of Object.entries(when)) {
    if (!Object.hasOwn(axes, key))
      report(
        ['when', key],
        `must be one of the axes (${Object.keys(axes).join(', ')}), got "${key}"${didYouMean(key, Object.keys(axes))}`,
        'key',
      );
    checkCondition(condition, ['when', key], keys, report);
    const circle = conditionCircle(key, when);
    if (circle)
      report(['when', key], `must not depend on itself (${circle.join(' -> ')}); leave one of them out`, 'key');
  }
  for (const [i, condition] of exclude.entries()) checkCondition(condition, ['exclude', i], keys, report);
}

/** The axes from `key` back to itself, each with a condition on the next; undefined where there is no such way. */
function conditionCircle(
  key: string,
  when: Readonly<Record<string, Condition>>,
  way: readonly string[] = [key],
): readonly string[] | undefined {
  for (const next of Object.keys(when[way.at(-1)!] ?? {})) {
    if (next === key) return [...way, key];
    const circle = way.includes(next) ? undefined : conditionCircle(key, when, [...way, next]);
    if (circle) return circle;
  }
  return undefined;
}

/** The keys of a trial of `config` with what each may be. */
const keysOf = (config: SweepConfig) => (isOwnTrial(config.trial) ? ownKeys(config) : TRIAL_KEYS);

function checkCondition(
  condition: Condition,
  path: readonly PropertyKey[],
  known: ReturnType<typeof keysOf>,
  report: Report,
): void {
  for (const [key, wanted] of Object.entries(condition)) {
    const schema = known.get(key);
    if (schema === undefined) {
      const keys = [...known.keys()];
      report(
        [...path, key],
        `must be ${known === TRIAL_KEYS ? 'a key of trial by its path, such as clipFactor or learningRate.base' : `one of the parameters (${keys.join(', ')})`}${didYouMean(key, keys)}`,
        'key',
      );
      continue;
    }
    const isFine = (value: unknown) => schema.safeParse(value).success;
    if (isFine(wanted) || (Array.isArray(wanted) && wanted.length > 0 && wanted.every(isFine))) continue;
    report(
      [...path, key],
      `must be ${schema.meta()?.['rule']}, or a list of such values, got ${JSON.stringify(wanted)}`,
    );
  }
}

function checkSearch(config: SweepConfig, report: Report): void {
  const { axes, boundary, prune, method, repeats } = config;
  const known = keysOf(config);
  const keys = [...known.keys()];
  const checkKey = (key: string, path: readonly PropertyKey[]) => {
    if (known.has(key)) return true;
    const what =
      known === TRIAL_KEYS
        ? 'a key of trial by its path, such as clipFactor'
        : `one of the parameters (${keys.join(', ')})`;
    report(path, `must be ${what}, got "${key}"${didYouMean(key, keys)}`);
    return false;
  };
  for (const [i, key] of (prune?.within ?? []).entries()) checkKey(key, ['prune', 'within', i]);
  if (boundary === undefined || !checkKey(boundary.axis, ['boundary', 'axis'])) return;
  const { axis, logRange, count, perDecade } = boundary;
  if (axis in axes) report(['axes', axis], 'must not be an axis beside boundary.axis, which makes its values', 'key');
  if ((count === undefined) === (perDecade === undefined)) report(['boundary'], 'must have one of count and perDecade');
  if (!(logRange[0]! < logRange[1]!)) {
    report(['boundary', 'logRange'], `must go from a smaller to a larger number, got ${logRange[0]} to ${logRange[1]}`);
  }
  const places = countAxisValues({ logRange, count, perDecade });
  if (Number.isFinite(places) && places > MAX_TRIALS) {
    report(['boundary', 'logRange'], `gives ${places} values, and a sweep may have ${MAX_TRIALS} trials. Take fewer`);
    return;
  }
  const lattice = Number.isFinite(places) ? (axisValues({ logRange, count, perDecade }) as number[]) : [];
  const wrong = [...logRange, ...lattice].find((value) => !known.get(axis)!.safeParse(value).success);
  if (wrong !== undefined) {
    report(['boundary', 'logRange'], `must be values of ${axis} (${known.get(axis)!.meta()?.['rule']}), got ${wrong}`);
  }
  if (method !== undefined && method.name !== 'grid')
    report(['method', 'name'], `must be grid beside boundary, got "${method.name}"`);
  if (repeats !== undefined)
    report(['repeats'], 'must be left out beside boundary; seeds tell how likely it is to diverge');
}

function checkSize(config: SweepConfig, report: Report): void {
  const seeds = 'seed' in config.axes ? 1 : sweepSeeds(config).length;
  const total = countPoints(config) * seeds * (config.repeats ?? 1);
  if (total <= MAX_TRIALS) return;
  report(
    ['axes'],
    `give ${total} trials, and a sweep may have ${MAX_TRIALS}. Take fewer values, or method random with a count`,
    'key',
  );
}

function checkTrials(config: SweepConfig, document: ConfigDocument, report: Report, problems: Set<string>): void {
  const conditions = config.exclude ?? [];
  const used = new Set<Condition>();
  let kept = 0;
  const needsValues =
    config.references !== undefined || Object.keys(config.axes).some((key) => key.includes('.')) || config.boundary;
  for (const trial of possibleTrials(config, report)) {
    const excluding = conditions.filter((condition) => matchesCondition(trial, condition));
    for (const condition of excluding) used.add(condition);
    if (excluding.length > 0) continue;
    kept++;
    const told = problems.size;
    if (isOwnTrial(trial)) continue;
    if (needsValues) checkValues(trial, config, report);
    if (problems.size > told) continue;
    const label = (key: string) => document.locate(placeOf(key, trial, config)).label;
    for (const { key, message } of checkTrial(trial, config.engine, label))
      report(placeOf(key, trial, config), message);
    if (problems.size >= MOST_PROBLEMS) return;
  }
  for (const [i, condition] of conditions.entries()) {
    if (!used.has(condition))
      report(['exclude', i], 'must match at least one combination of the axes, and matches none');
  }
  if (kept === 0) report(['exclude'], 'must leave at least one trial, and leaves none', 'key');
}

/** All trials that a sweep may come to make, those of every place of a search too, up to one that a reference has no value in. */
function* possibleTrials(config: SweepConfig, report: Report): Generator<TrialConfig> {
  const { axes, boundary } = config;
  const searched = boundary ? { [boundary.axis]: axisValues({ ...boundary }) } : {};
  try {
    yield* trialConfigs({ ...config, axes: { ...axes, ...searched }, exclude: undefined });
  } catch (error) {
    if (!(error instanceof NoValueError)) throw error;
    const { key, message } = error;
    report(['trial', ...key.split('.')], message.slice(`trial.${key}: `.length).replace(/\.$/, ''));
  }
}

/** What only a whole trial shows: sections that axes made, and values that references gave. */
function checkValues(trial: TrialConfig, config: SweepConfig, report: Report): void {
  const { repeat: _, ...values } = trial;
  const parsed = trialSchema.safeParse(values);
  for (const { path } of parsed.error?.issues ?? []) {
    const key = path.join('.');
    const value = valueAtKey(trial, key);
    const rule = TRIAL_KEYS.get(key)?.meta()?.['rule'] ?? 'another value';
    // A section that is there in part is an axis's.
    const part = Object.keys(config.axes).find((name) => name.startsWith(`${key.split('.')[0]}.`));
    if (value !== undefined) report(placeOf(key, trial, config), `must be ${rule}, got ${JSON.stringify(value)}`);
    else report(part ? ['axes', part] : placeOf(key, trial, config), `needs trial.${key} too; must be ${rule}`, 'key');
  }
}

/** Where the value that `trial` has at `key` was written. */
function placeOf(key: string, trial: TrialConfig, { axes, boundary }: SweepConfig): PropertyKey[] {
  const parts = key.split('.');
  if (key === boundary?.axis) return ['boundary', 'logRange'];
  for (let length = parts.length; length > 0; length--) {
    const name = parts.slice(0, length).join('.');
    const axis: WrittenAxis | undefined = axes[name];
    if (axis === undefined) continue;
    const value = canonicalJson(valueAtKey(trial, name) ?? null);
    const index = Array.isArray(axis) ? axisValues(axis).findIndex((item) => canonicalJson(item) === value) : -1;
    return index < 0 ? ['axes', name] : ['axes', name, index, ...parts.slice(length)];
  }
  return ['trial', ...parts];
}

function didYouMean(word: string, candidates: readonly string[]): string {
  const near = nearest(word, candidates);
  return near ? `; did you mean ${near}?` : '';
}

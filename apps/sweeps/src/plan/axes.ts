import type { ZodType } from 'zod';
import { CLIP_RULES, clipOf, datasetSchema, isOwnTrial, trialSchema } from '../schema/index.js';
import { formatWord, numberFormat } from '../text/index.js';

/** A leaf of a trial's config. */
export type AxisValue = string | number | boolean | null | undefined;

/** A config value that differs among trials. */
export interface Axis {
  /** Dotted path in a trial's config. */
  readonly path: string;
  /** What it is, with its unit. */
  readonly title: string;
  /** The same in a word, for a table. */
  readonly short: string;
  /** Its distinct values: numbers ascending, then words. `off`, the weakest clipping, is after all clip factors. */
  readonly values: readonly AxisValue[];
  /** How a value is written; different values differently. */
  readonly label: (value: AxisValue) => string;
}

/** Titles of paths, in the order in which figures and tables prefer them. */
const TITLES: Readonly<Record<string, readonly [title: string, short: string]>> = {
  'clip.rule': ['clipping rule', 'rule'],
  'clip.threshold': ['threshold of the rule', 'threshold'],
  clipFactor: ['clip factor λ', 'clip'],
  batchSize: ['batch size (images)', 'batch'],
  model: ['model', 'model'],
  'learningRate.base': ['base learning rate', 'base'],
  'learningRate.rule': ['learning rate rule', 'rule'],
  epochs: ['epochs', 'epochs'],
  'dataset.name': ['data set', 'data'],
  'dataset.train': ['training images', 'images'],
  'dataset.imageSize': ['image size (pixels)', 'pixels'],
  'dataset.augment': ['augmentation', 'augment'],
  weightDecay: ['weight decay', 'decay'],
};

/** The axes that name a trial in a table: what differs, the seed last, and at least clip factor and batch size. */
export function namingAxes(configs: readonly object[]): Axis[] {
  const rows = configs.map(valuesOf);
  const isSeed = ({ path }: Axis) => path === 'seed' || path === 'repeat';
  const swept = sweptAxes(rows);
  const others = swept.filter((axis) => !isSeed(axis));
  const isOwn = configs.length > 0 && configs.every(isOwnTrial);
  const usual = swept.some(({ path }) => path === 'clip.rule') ? ['batchSize'] : ['clipFactor', 'batchSize'];
  const pair = (isOwn ? [] : usual)
    .filter((path) => others.length < 2 && !others.some((axis) => axis.path === path))
    .map((path) => axisOf(path, rows));
  const named = [...others, ...pair].sort((a, b) => rank(a.path) - rank(b.path) || 0);
  return [...named, ...swept.filter(isSeed)];
}

/** `clip 0.01, batch 256`: the values of `config` on `axes`. */
export function nameOfConfig(config: object, axes: readonly Axis[]): string {
  const values = valuesOf(config);
  return axes.map(({ path, short, label }) => `${short} ${label(values[path])}`).join(', ');
}

/** The paths whose values differ among `rows`, as axes. */
export function sweptAxes(rows: readonly Readonly<Record<string, AxisValue>>[]): Axis[] {
  // With one rule the clip factor tells all; with several it is the threshold of one of them.
  const hasRules = rows.some((row) => !['off', 'agc', undefined].includes(row['clip.rule'] as string | undefined));
  const told = hasRules ? ['clipFactor'] : ['clip.rule', 'clip.threshold'];
  const paths = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((path) => !told.includes(path));
  return paths
    .map((path) => axisOf(path, rows))
    .filter(({ path, values }) => values.length > 1 && !isSettingOfOneStep(path, values))
    .sort((a, b) => rank(a.path) - rank(b.path) || 0);
}

/** Whether only one kind of step has the setting, and always the same: then the kind tells the trials apart. */
const isSettingOfOneStep = (path: string, values: readonly AxisValue[]): boolean =>
  path.startsWith('step.') && path !== 'step.name' && values.length === 2 && values.includes(undefined);

function rank(path: string): number {
  const place = Object.keys(TITLES).indexOf(path);
  return place === -1 ? Number.POSITIVE_INFINITY : place;
}

/** The values of `path` among `rows` as an axis. */
export function axisOf(path: string, rows: readonly Readonly<Record<string, AxisValue>>[]): Axis {
  const size = (value: AxisValue) => (typeof value === 'number' ? value : Number.POSITIVE_INFINITY);
  const values = [...new Set(rows.map((row) => row[path]))].sort(
    (a, b) => size(a) - size(b) || String(a).localeCompare(String(b), 'en'),
  );
  const absent = standardOf(path);
  const format = numberFormat([...values, absent]);
  const label = (value: AxisValue): string =>
    typeof value === 'number' ? format(value) : formatWord(String(value ?? label(absent)));
  return { path, title: TITLES[path]?.[0] ?? path, short: TITLES[path]?.[1] ?? path.split('.').at(-1)!, values, label };
}

/** What a config that says nothing of `path` trains with, where that is known: keys are left out where they have their default. */
function standardOf(path: string): AxisValue {
  if (path === 'repeat') return 1;
  if (path === 'step.name') return 'plain';
  // A plain step has no further settings, and no clipping none.
  if (path.startsWith('step.') || path.startsWith('clip.')) return '-';
  const shape: Readonly<Record<string, ZodType>> = path.startsWith('dataset.')
    ? datasetSchema.shape
    : trialSchema.shape;
  const standard = shape[path.replace('dataset.', '')]?.meta()?.['default'] as unknown;
  return Array.isArray(standard) ? JSON.stringify(standard) : ((standard as AxisValue) ?? 'default');
}

/** More values than this can be those of a continuous axis. */
const MOST_STEPS = 12;

/** Whether the values of an axis are numbers that hardly repeat among `points` combinations, as a random draw gives. */
export const isContinuous = (axis: Axis, points: number): boolean =>
  numbersOf(axis).length > MOST_STEPS && points < 2 * axis.values.length;

/** Whether a trial with this `value` has no such setting: it belongs to another value of another axis. */
export const isAbsent = ({ label }: Pick<Axis, 'label'>, value: AxisValue): boolean =>
  value === undefined && label(value) === '-';

/** The numbers among the values of an axis. */
export const numbersOf = ({ values }: Axis): number[] => values.filter((value) => typeof value === 'number');

/** Whether `numbers`, ascending, all above 0, lie at more equal factors than distances; of two, whether they are a factor of ten apart. */
export function isGeometric(numbers: readonly number[]): boolean {
  const [first, last] = [numbers[0], numbers.at(-1)];
  if (first === undefined || last === undefined || !(first > 0)) return false;
  if (numbers.length < 3) return last / first >= 10;
  return unevenness(numbers.map(Math.log)) < unevenness(numbers);
}

/** Standard deviation of the distances between neighbours over their mean. */
function unevenness(numbers: readonly number[]): number {
  const steps = numbers.slice(1).map((value, i) => value - numbers[i]!);
  const mean = steps.reduce((sum, step) => sum + step, 0) / steps.length;
  return Math.sqrt(steps.reduce((sum, step) => sum + (step - mean) ** 2, 0) / steps.length) / mean;
}

/** The values of a trial's config by path, with `clip.rule` and `clip.threshold` for every rule in one way. */
export function valuesOf(config: object): Record<string, AxisValue> {
  if (isOwnTrial(config)) return leaves(config);
  const clip = clipOf(config);
  if (clip === undefined) return { ...leaves(config), 'clip.rule': 'off' };
  const { threshold, defaults } = CLIP_RULES[clip.rule];
  // A rule in another form is another rule: `agc soft`.
  const words = Object.entries(clip).filter(
    ([name, value]) =>
      name !== 'rule' && typeof value === 'string' && value !== defaults[name as keyof typeof defaults],
  );
  const told = [threshold, ...words.map(([name]) => name)].map((name) => `clip.${name}`);
  const others = Object.entries(leaves(config)).filter(([path]) => !told.includes(path));
  return {
    ...Object.fromEntries(others),
    'clip.rule': [clip.rule, ...words.map(([, word]) => word)].join(' '),
    'clip.threshold': clip[threshold],
  };
}

/** The leaves of `value` by dotted path; a list is a leaf. */
export function leaves(value: object): Record<string, AxisValue> {
  const found: Record<string, AxisValue> = {};
  const collect = (part: object, path: string) => {
    for (const [key, item] of Object.entries(part)) {
      if (item === null || typeof item !== 'object') found[path + key] = item;
      else if (Array.isArray(item)) found[path + key] = JSON.stringify(item);
      else collect(item, `${path}${key}.`);
    }
  };
  collect(value, '');
  return found;
}

import type { ClipDiagnosis, ClipHistoryStep, diagnoseClipping, LayerClipStats } from '@nfnets/agc';
import { type AxisValue, keysOfSeed, nameOfConfig, namingAxes, valuesOf } from '../../plan/index.js';
import { CLIP_RULES, type ClipLine, clipOf, type FullTrialRecord, type TrialConfig } from '../../schema/index.js';
import { meanOf } from '../../statistics/index.js';
import { isFigure } from '../../text/index.js';
import { groupBy } from '../figures/group-by.js';

/** What clipping did in the trials that differ in nothing but their seed, told of the one that needs the tightest threshold, and what to try next. */
export interface CombinationClipping extends Omit<ClipDiagnosis, 'layers'> {
  /** `clip 0.01, batch 256`. */
  readonly name: string;
  /** Its values on the axes of the sweep, by path. */
  readonly values: Readonly<Record<string, AxisValue>>;
  /** Ids of its trials. */
  readonly trials: readonly string[];
  /** Mean accuracy of those that are done, 0 to 1. */
  readonly accuracy?: number;
  /** How many ended, and how many of those diverged. */
  readonly ended: number;
  readonly diverged: number;
}

/** Reading the lines of more trials would take longer than the rest of a report. */
const MOST_TRIALS = 1000;

/**
 * What clipping did in `records`, by combination of values: of those that clip and of which something was recorded. None of more than
 * 1000 trials. The paths `ofSeed` belong to the seed, which is among them.
 */
export async function diagnoseCombinations(
  records: readonly FullTrialRecord[],
  ofSeed: ReadonlySet<string> = keysOfSeed(),
): Promise<CombinationClipping[]> {
  if (records.length > MOST_TRIALS) return [];
  const clipped = records.filter(({ trial, status }) => clipOf(trial.config) && isEnded(status?.status));
  if (clipped.length === 0) return [];
  // Tensors come with it, which other commands do without.
  const agc = await import('@nfnets/agc');
  const axes = namingAxes(records.map(({ trial }) => trial.config)).filter(({ path }) => !ofSeed.has(path));
  const clipping = clipped.map((record) => ({ record, values: valuesOf(record.trial.config) }));
  const combinations = groupBy(clipping, ({ values }) => JSON.stringify(axes.map(({ path }) => values[path])));
  return [...combinations.values()].flatMap((members) => {
    const diagnoses = members.flatMap(({ record }) => diagnose(agc, record) ?? []);
    if (diagnoses.length === 0) return [];
    const [{ record, values }] = members as [(typeof members)[number]];
    const accuracies = members.flatMap(({ record: { status } }) => {
      const accuracy = status?.status === 'done' ? status.metrics['accuracy'] : undefined;
      return isFigure(accuracy) ? accuracy : [];
    });
    // Seeds that broke count more than those that did not.
    const { layers: _, ...worst } = diagnoses.toSorted((a, b) => a.relaxBy - b.relaxBy)[0]!;
    return {
      name: nameOfConfig(record.trial.config, axes),
      values: Object.fromEntries(axes.map(({ path }) => [path, values[path]])),
      trials: members.map(({ record: { trial } }) => trial.id),
      ...(accuracies.length > 0 ? { accuracy: meanOf(accuracies) } : {}),
      ended: members.length,
      diverged: members.filter(({ record: { status } }) => status?.status === 'diverged').length,
      ...worst,
    };
  });
}

const isEnded = (state: string | undefined) => state === 'done' || state === 'diverged';

function diagnose(
  agc: { readonly diagnoseClipping: typeof diagnoseClipping },
  record: FullTrialRecord,
): ClipDiagnosis | undefined {
  const { config, derived } = record.trial;
  const history = historyOf(record);
  const measured = history.find(({ layers }) => layers.length > 0);
  if (!measured) return undefined;
  const { threshold, relaxed }: (typeof CLIP_RULES)[keyof typeof CLIP_RULES] & { relaxed?: Relaxed } =
    CLIP_RULES[clipOf(config)!.rule];
  const value = Number(clipOf(config)![threshold]);
  // The classifier is the last layer; its bias is clipped even where its kernel is not.
  const classifier = leavesClassifier(config) ? undefined : measured.layers.at(-1)!.layer;
  return agc.diagnoseClipping(history, {
    warmupSteps: Math.round(config.warmupEpochs * derived.stepsPerEpoch),
    ...(relaxed ? { threshold: (by) => relaxed(value, by) } : {}),
    ...(classifier === undefined ? {} : { classifier }),
    scaleInvariant: !SCALED_BY_GRADIENTS.has(config.optimizer ?? 'sgd'),
    diverged: record.status?.status === 'diverged',
  });
}
type Relaxed = (threshold: number, by: number) => number;

/** Optimizers whose steps are as large as gradients are. */
const SCALED_BY_GRADIENTS: ReadonlySet<string> = new Set(['sgd']);

/** Whether a config spares the classifier's kernel, as it does by default. */
function leavesClassifier(config: TrialConfig): boolean {
  const clip = clipOf(config)!;
  return clip.rule === 'agc' && (clip.exclude === undefined || clip.exclude.some((name) => name.startsWith('linear')));
}

/** Every step that has a line; lines hold shares, as if every layer had one unit. */
const historyOf = ({ metrics }: FullTrialRecord): ClipHistoryStep[] =>
  metrics.flatMap((line): ClipHistoryStep[] => {
    const step = line.step - 1;
    if (line.type === 'step') return [{ step, layers: [], loss: line.loss }];
    return line.type === 'clip' ? [{ step, layers: layersOf(line) }] : [];
  });

const layersOf = ({ layers, largest }: ClipLine): LayerClipStats[] =>
  Object.entries(layers)
    .filter(([, share]) => share >= 0 && share <= 1)
    .map(([layer, share]) => ({
      layer,
      units: 1,
      clippedUnits: share,
      largestRatio: largest?.[layer] ?? Number.NaN,
    }));

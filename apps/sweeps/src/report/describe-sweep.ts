import { type FullTrialRecord, isOwnTrial, type SweepConfig } from '../schema/index.js';
import { formatRate } from '../text/index.js';

/** What was run, in three lines under a figure's title. */
export function describeSweep({ trial }: SweepConfig, records: readonly FullTrialRecord[]): string[] {
  if (isOwnTrial(trial)) return [`${trial.module}, a function of its own`];
  const { model, dataset, learningRate, warmupEpochs, momentum, weightDecay, labelSmoothing } = trial;
  const rate = { linear: ` × batch / ${learningRate.per}`, sqrt: ` × √(batch / ${learningRate.per})`, none: '' }[
    learningRate.rule
  ];
  const engines = [
    ...new Set(records.flatMap(({ environment }) => (environment?.['engine'] as string | undefined) ?? [])),
  ];
  const precisions = [...new Set(records.flatMap(({ status }) => status?.computedIn ?? []))].sort();
  // float32 is what is expected.
  const inPrecisions = precisions.includes('bfloat16') ? ` in ${precisions.join(' and ')}` : '';
  return [
    `${model} on ${dataset.name}: ${dataset.train} training and ${dataset.test} test images${imageSizes(trial)}, ${budget(trial)}`,
    `learning rate ${formatRate(learningRate.base)}${rate}, ${plural(warmupEpochs, 'warm-up epoch')}, momentum ${momentum}`,
    `weight decay ${weightDecay.toExponential()}, label smoothing ${labelSmoothing}${engines.length > 0 ? `, ${engines.join(' and ')} engine${inPrecisions}` : ''}`,
  ];
}

function imageSizes({ dataset: { imageSize, testSize = imageSize } }: SweepConfig['trial']): string {
  if (imageSize === undefined) return '';
  return imageSize === testSize ? ` of ${imageSize} pixels` : ` of ${imageSize} and ${testSize} pixels`;
}

function budget({ epochs = 0, steps, samples }: SweepConfig['trial']): string {
  if (steps !== undefined) return plural(steps, 'step');
  return samples === undefined ? plural(epochs, 'epoch') : `${samples} images seen`;
}

const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;

import type { ZodType } from 'zod';
import {
  canonicalClip,
  datasetFacts,
  datasetSchema,
  isOwnTrial,
  type TrialConfig,
  trialSchema,
} from '../schema/index.js';
import { canonicalJson } from './canonical-json.js';

/**
 * `config` in the one form that its hash is taken of: without keys that came later and have their default, and without
 * what has no effect, so that equal work has one id.
 */
export function canonicalTrial({ repeat, ...config }: TrialConfig): TrialConfig {
  const repeated = repeat !== undefined && repeat > 1 ? { repeat } : {};
  if (isOwnTrial(config)) return withoutDefaults({}, { ...config, ...repeated }) as TrialConfig;
  // Fills in the defaults of sections that an axis made.
  const trial = trialSchema.parse(config);
  const { dataset, clip, clipFactor, clipEps, clipExclude, step, ...rest } = trial;
  return withoutDefaults(trialSchema.shape, {
    ...rest,
    dataset: canonicalDataset(dataset),
    ...canonicalClip({ clip, clipFactor, clipEps, clipExclude }),
    ...(step?.name === 'plain' ? {} : { step }),
    ...repeated,
  }) as TrialConfig;
}

function canonicalDataset({ testSize, augment, ...rest }: TrialConfig['dataset']): TrialConfig['dataset'] {
  return withoutDefaults(datasetSchema.shape, {
    ...rest,
    ...(testSize === rest.imageSize ? {} : { testSize }),
    ...(augment === datasetFacts(rest.name).augment ? {} : { augment }),
  }) as TrialConfig['dataset'];
}

/** `section` without what is undefined, and without keys that came later and have their default. */
function withoutDefaults(shape: Readonly<Record<string, ZodType>>, section: object): object {
  const isDefault = (key: string, value: unknown) => {
    const standard = shape[key]?.meta()?.['default'];
    return standard !== undefined && canonicalJson(standard) === canonicalJson(value);
  };
  return Object.fromEntries(
    Object.entries(section).filter(([key, value]) => value !== undefined && !isDefault(key, value)),
  );
}

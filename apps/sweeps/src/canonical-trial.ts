import { canonicalJson } from './canonical-json.js';
import { type TrialConfig, trialSchema } from './trial-schema.js';

/**
 * `config` in the one form that its hash is taken of: without keys that came later and have their default, and without
 * what has no effect, so that equal work has one id.
 */
export function canonicalTrial({ repeat, ...config }: TrialConfig): TrialConfig {
  // Fills in the defaults of sections that an axis made.
  const trial = trialSchema.parse(config);
  const { clipFactor, step, clipEps, clipExclude, ...rest } = trial;
  const isClipped = clipFactor !== 'off';
  const kept = {
    ...rest,
    clipFactor,
    ...(isClipped ? { clipEps, clipExclude } : {}),
    ...(step?.name === 'plain' ? {} : { step }),
    ...(repeat !== undefined && repeat > 1 ? { repeat } : {}),
  };
  return Object.fromEntries(
    Object.entries(kept).filter(([key, value]) => value !== undefined && !isLaterDefault(key, value)),
  ) as TrialConfig;
}

/** The defaults of the keys that came later, by key, as canonical JSON. */
const LATER_DEFAULTS: ReadonlyMap<string, string> = new Map(
  Object.entries(trialSchema.shape).flatMap(([key, schema]): [string, string][] => {
    const standard = schema.meta()?.['default'];
    return standard === undefined ? [] : [[key, canonicalJson(standard)]];
  }),
);

function isLaterDefault(key: string, value: unknown): boolean {
  const standard = LATER_DEFAULTS.get(key);
  return standard !== undefined && standard === canonicalJson(value);
}

import { z } from 'zod';
import { axisOf } from './axes-schema.js';
import { seed } from './schema-rules.js';

/** A value of a parameter of one's own. */
const ownValue = z
  .union([z.number(), z.string(), z.boolean(), z.array(z.union([z.number(), z.string(), z.boolean()]))])
  .meta({ rule: 'a number, text, a truth value, or a list of these' });

/** `trial` of a sweep that runs a function of one's own: any parameters, and a seed. */
export const ownTrialSchema = z
  .object({ seed: seed.default(1).describe('what makes one repetition another'), module: z.string().optional() })
  .catchall(ownValue);

/** `axes` of such a sweep: of any parameter. */
export const ownAxesSchema = z
  .object({ seed: axisOf(seed, 'seed').optional() })
  .catchall(axisOf(ownValue, 'a parameter of the module'));

/** Whether a trial runs a function of one's own, whose file it names, and so describes no network. */
export const isOwnTrial = (config: object): boolean => (config as { module?: unknown }).module !== undefined;

/** The schema of each key that the trials of `config` have, of one's own. */
export const ownKeys = ({ trial, axes }: { trial: object; axes: object }): ReadonlyMap<string, z.ZodType> =>
  new Map(
    [...new Set(['seed', ...Object.keys(trial), ...Object.keys(axes)])]
      .filter((key) => key !== 'module')
      .map((key): [string, z.ZodType] => [key, key === 'seed' ? seed : ownValue]),
  );

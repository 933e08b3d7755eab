import { digamma, inverseTrigamma, trigamma } from './gamma-functions.js';
import { meanOf, sampleSd } from './sample-statistics.js';

/** A variance that was measured, with its degrees of freedom: one less than the sample has values. */
export interface SampleVariance {
  readonly variance: number;
  readonly freedom: number;
}

/** What the variances of many samples say about that of another one. */
export interface NoisePrior {
  /** The variance that they scatter about. */
  readonly variance: number;
  /** As how many degrees of freedom of the other's own that counts: infinite where they differ by no more than chance, 0 where nothing is known. */
  readonly freedom: number;
  /** Degrees of freedom of all of them together, the most that can be known. */
  readonly pooled: number;
  /** How many they are. */
  readonly samples: number;
}

/** By how many standard errors the spread of the variances is taken to be larger than it looks: to find them equal by chance costs false answers. */
const CAUTION = 2;

/** Fewer variances say nothing of how much variances differ. */
const FEWEST = 6;

/** A variance this small beside the median is one of values that are equal by chance, whose logarithm would outweigh all others. */
const LEAST_SHARE = 1e-5;

/**
 * Fits the distribution that `samples` were drawn from where their true variances are scaled inverse chi-squared, by the moments of
 * their logarithms (Smyth 2004, "Linear models and empirical Bayes methods for assessing differential expression in microarray
 * experiments", section 6.2), with caution. Pure.
 */
export function fitNoise(samples: readonly SampleVariance[]): NoisePrior {
  const measured = samples.filter(({ freedom, variance }) => freedom > 0 && Number.isFinite(variance));
  const known = { pooled: measured.reduce((sum, { freedom }) => sum + freedom, 0), samples: measured.length };
  const positive = measured.flatMap(({ variance }) => (variance > 0 ? variance : [])).sort((a, b) => a - b);
  if (positive.length < FEWEST) return { variance: 0, freedom: 0, ...known };
  const least = LEAST_SHARE * positive[positive.length >> 1]!;
  const logs = measured.map(
    ({ variance, freedom }) => Math.log(Math.max(variance, least)) - digamma(freedom / 2) + Math.log(freedom / 2),
  );
  const centre = meanOf(logs);
  const caution = 1 + CAUTION * Math.sqrt(2 / (logs.length - 1));
  const spread = caution * sampleSd(logs) ** 2 - meanOf(measured.map(({ freedom }) => trigamma(freedom / 2)));
  if (!(spread > 0)) return { variance: Math.exp(centre), freedom: Number.POSITIVE_INFINITY, ...known };
  const freedom = 2 * inverseTrigamma(spread);
  return { variance: Math.exp(centre + digamma(freedom / 2) - Math.log(freedom / 2)), freedom, ...known };
}

/**
 * `sample` drawn towards `prior`, each with the weight of its degrees of freedom: Smyth's moderated variance. Where the others say less of it than
 * it does itself it stays what it is: they are then of several kinds, and not of one distribution. Pure.
 */
export function moderate({ variance, freedom }: SampleVariance, prior: NoisePrior): SampleVariance {
  const own = freedom > 0 ? freedom : 0;
  const total = Math.min(own + prior.freedom, Math.max(prior.pooled, own));
  if (prior.freedom <= own) return { variance: own > 0 ? variance : 0, freedom: own };
  if (prior.freedom === Number.POSITIVE_INFINITY) return { variance: prior.variance, freedom: total };
  const sum = prior.freedom * prior.variance + (own > 0 ? own * variance : 0);
  return { variance: sum / (own + prior.freedom), freedom: total };
}

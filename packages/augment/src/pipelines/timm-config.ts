/** What a string such as `rand-m9-n3-mstd0.5-inc1` says. */
export interface TimmConfig {
  /** Magnitude (`m`). Default 10. */
  readonly magnitude: number;
  /** Operations an image (`n`). Default 2. */
  readonly layers: number;
  /** Chance that a drawn operation is applied (`p`). Default 0.5. */
  readonly probability: number;
  /** Standard deviation of the magnitude (`mstd`); Infinity: uniform in [0, magnitude]. Default 0. */
  readonly magnitudeDeviation: number;
  /** Magnitudes are clipped to [0, this] (`mmax`). Default 10. */
  readonly maxMagnitude: number;
  /** Whether every operation is the stronger, the higher the magnitude (`inc`). Default no. */
  readonly increasing: boolean;
}

const FORM = /^(mstd|mmax|inc|m|n|p)(\d+(?:\.\d+)?)$/;

/**
 * Reads timm's notation for RandAugment: `rand`, then sections in any order, parted by `-`.
 *
 * @throws RangeError when a section is not known, or is twice there.
 */
export function parseTimmConfig(config: string): TimmConfig {
  const [kind, ...sections] = String(config).split('-');
  if (kind !== 'rand') {
    throw new RangeError(`timmRandAugment: \`config\` must start with rand, got ${JSON.stringify(config)}.`);
  }
  const values = new Map<string, number>();
  for (const section of sections) {
    const [, key, value] = FORM.exec(section) ?? [];
    if (key === undefined || values.has(key) || !isAllowed(key, Number(value))) {
      throw new RangeError(
        `timmRandAugment: \`config\` must have each of m, n, p, mstd, mmax, inc once at most, as in rand-m9-n3-p0.5-mstd0.5-mmax10-inc1, got ${JSON.stringify(section)} in ${JSON.stringify(config)}.`,
      );
    }
    values.set(key, Number(value));
  }
  const deviation = values.get('mstd') ?? 0;
  return {
    magnitude: values.get('m') ?? 10,
    layers: values.get('n') ?? 2,
    probability: values.get('p') ?? 0.5,
    magnitudeDeviation: deviation > 100 ? Number.POSITIVE_INFINITY : deviation,
    maxMagnitude: values.get('mmax') ?? 10,
    increasing: values.get('inc') === 1,
  };
}

function isAllowed(key: string, value: number): boolean {
  if (key === 'p') return value <= 1;
  if (key === 'inc') return value === 0 || value === 1;
  return key === 'mstd' || Number.isInteger(value);
}

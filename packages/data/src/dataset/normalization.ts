import { checkOptions, rule, show } from '@nfnets/options';

/** What stored values `x` become: `(x - mean) / std`, one number for all channels or one for each. */
export interface Normalization {
  readonly mean: number | readonly number[];
  readonly std: number | readonly number[];
}

/** A normalization as one product and one sum: per channel, a value `x` becomes `x * scale + offset`. */
export interface Affine {
  readonly scale: readonly number[];
  readonly offset: readonly number[];
}

const NUMBERS = rule('a finite number, or one for each channel', () => true);

/**
 * The normalization for images of `channels` channels.
 *
 * @throws RangeError that starts with `who` if there are not as many numbers as channels, or `std` is not > 0
 */
export function affine(who: string, normalization: Normalization, channels: number): Affine {
  const rules = { mean: NUMBERS, std: NUMBERS };
  checkOptions<Normalization>(`${who}: \`normalization\``, normalization, rules, { required: ['mean', 'std'] });
  const { mean, std } = normalization;
  const means = perChannel(who, 'normalization.mean', mean, channels);
  const stds = perChannel(who, 'normalization.std', std, channels);
  if (!stds.every((value) => value > 0)) {
    throw new RangeError(`${who}: \`normalization.std\` must be > 0, got ${show(stds)}.`);
  }
  return { scale: stds.map((value) => 1 / value), offset: stds.map((value, channel) => -means[channel]! / value) };
}

function perChannel(who: string, option: string, value: number | readonly number[], channels: number): number[] {
  const values = typeof value === 'number' ? Array<number>(channels).fill(value) : Array.isArray(value) ? value : [];
  if (values.length === channels && values.every(Number.isFinite)) return values;
  throw new RangeError(
    `${who}: \`${option}\` must be a finite number, or one for each of ${channels} channels, got ${show(value)}.`,
  );
}

import type { PublishedWeight } from '@nfnets/models';
import type { Scratch, StoredTensor } from '@nfnets/safetensors';

/**
 * The kernel of a first convolution for another number of image channels: for one channel the sum over those that there are, up to
 * three; for any other number the three of the file over and over, times 3 / channels, so that the sums stay as large.
 *
 * @returns undefined where the kernel differs in more than its channels, or no rule says what to do.
 *
 * Source: `adapt_input_conv` of timm, bit for bit.
 */
export function adaptInputChannels(stored: StoredTensor, published: PublishedWeight): StoredTensor | undefined {
  const axis = published.layout === 'OIHW' ? 1 : 2;
  const channels = published.shape[axis]!;
  const given = stored.shape[axis]!;
  const isSame = stored.shape.every((size, i) => i === axis || size === published.shape[i]);
  const isKnown = channels === 1 ? given <= 3 : channels !== 3 && given === 3;
  if (stored.shape.length !== published.shape.length || !isSame || !isKnown) return undefined;
  const read = async (scratch?: Scratch) => {
    const values = await stored.read(scratch);
    const inner = published.shape.slice(axis + 1).reduce((product, n) => product * n, 1);
    return channels === 1 ? summed(values, given, inner) : repeated(values, given, channels, inner);
  };
  return { ...stored, shape: published.shape, read };
}

/** Sums over an axis of `channels`, each of them `inner` values apart from the next, in float32. */
function summed(values: Float32Array, channels: number, inner: number): Float32Array {
  const sums = new Float32Array(values.length / channels);
  for (let i = 0; i < sums.length; i++) {
    const from = Math.floor(i / inner) * channels * inner + (i % inner);
    for (let channel = 0; channel < channels; channel++) sums[i]! += values[from + channel * inner]!;
  }
  return sums;
}

function repeated(values: Float32Array, given: number, channels: number, inner: number): Float32Array {
  const made = new Float32Array((values.length / given) * channels);
  const factor = Math.fround(given / channels);
  for (let i = 0; i < made.length; i++) {
    const outer = Math.floor(i / (channels * inner));
    const channel = Math.floor(i / inner) % channels;
    made[i] = values[(outer * given + (channel % given)) * inner + (i % inner)]! * factor;
  }
  return made;
}

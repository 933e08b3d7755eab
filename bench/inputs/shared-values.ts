import type { NamedArray } from './tensor-file.js';

/**
 * Values for a weight by its name: spread evenly around its usual start, the same in every run.
 *
 * Not the usual start itself: with skip gains of zero branches get no gradient, and gains of one hide a wrong mapping.
 */
export function sharedWeight(name: string, shape: readonly number[]): NamedArray {
  const size = shape.reduce((product, each) => product * each, 1);
  const fanIn = size / (shape.at(-1) ?? 1);
  const random = uniform(name);
  const values = new Float32Array(size);
  for (let i = 0; i < size; i++) values[i] = random();
  const [centre, reach] = ['gain', 'gamma', 'variance'].some((each) => name.endsWith(each))
    ? [1, 0.25]
    : // Uniform on [-1, 1) has variance 1 / 3: kernels get 1 / fanIn.
      shape.length >= 2
      ? [0, Math.sqrt(3 / fanIn)]
      : [0, 0.1];
  return { name, shape, values: values.map((value) => centre + reach * value) };
}

/** Images with variance 1, `[batch, height, width, channels]`; their labels are 0 to 9 in turn. */
export function sharedImages(batch: number, imageShape: readonly number[]): NamedArray {
  const shape = [batch, ...imageShape];
  const random = uniform('images');
  const size = shape.reduce((product, each) => product * each, 1);
  const values = Float32Array.from({ length: size }, () => random() * Math.sqrt(3));
  return { name: 'images', shape, values };
}

/** Draws from [-1, 1) in an order that depends on `label`: xorshift, since a large net needs tens of millions. */
function uniform(label: string): () => number {
  let state = 0x9e3779b9;
  for (const character of label) state = Math.imul(state ^ character.charCodeAt(0), 0x01000193) | 1;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state / 2 ** 31;
  };
  for (let i = 0; i < 10; i++) next();
  return next;
}

import type { PublishedWeight } from '@nfnets/models';

/** Whether values change places between the published layout and ours. */
export function isMoved({ layout }: PublishedWeight): boolean {
  return layout === 'OIHW' || layout === 'OI';
}

/** Values in the published layout, of the published shape, to ours. */
export function toOurs(values: Float32Array, published: PublishedWeight): Float32Array {
  const { shape, factor = 1 } = published;
  const ours = isMoved(published) ? outputsLast(values, shape) : values;
  // Theirs is ours times the factor.
  return factor === 1 ? ours : ours.map((value) => value / factor);
}

/** Values in our layout to the published one. */
export function toPublished(values: Float32Array, published: PublishedWeight): Float32Array {
  const { shape, factor = 1 } = published;
  const theirs = isMoved(published) ? outputsFirst(values, shape) : values;
  return factor === 1 ? theirs : theirs.map((value) => value * factor);
}

/** `[out, in, ...places]` to `[...places, in, out]`. */
function outputsLast(values: Float32Array, shape: readonly number[]): Float32Array {
  const [outputs, inputs, places] = sizes(shape);
  const moved = new Float32Array(values.length);
  let to = 0;
  for (let place = 0; place < places; place++) {
    for (let input = 0; input < inputs; input++) {
      const from = input * places + place;
      for (let output = 0; output < outputs; output++) moved[to++] = values[output * inputs * places + from]!;
    }
  }
  return moved;
}

/** `[...places, in, out]` to `[out, in, ...places]`, the latter being `shape`. */
function outputsFirst(values: Float32Array, shape: readonly number[]): Float32Array {
  const [outputs, inputs, places] = sizes(shape);
  const moved = new Float32Array(values.length);
  let to = 0;
  for (let output = 0; output < outputs; output++) {
    for (let input = 0; input < inputs; input++) {
      for (let place = 0; place < places; place++) moved[to++] = values[(place * inputs + input) * outputs + output]!;
    }
  }
  return moved;
}

function sizes([outputs, inputs, ...rest]: readonly number[]): [number, number, number] {
  return [outputs!, inputs!, rest.reduce((product, size) => product * size, 1)];
}

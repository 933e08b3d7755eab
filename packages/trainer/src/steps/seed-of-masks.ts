import { TraceError } from '@nfnets/compiled-step';
import type { MaskSeed } from './training-step.js';

/** `seed`, which refuses to be taken for a number, as layers do that know nothing of it: they would draw the same at every step. */
export function seedOfMasks(seed: Extract<MaskSeed, (...args: never[]) => unknown>): MaskSeed {
  const refuse = (): never => {
    throw new TraceError(
      'train: a layer takes the `seed` of its call for a number, while in a compiled step it is a function: it would draw the same at every step. Let the layer call `seed(shape, (number) => values)` for its mask where `typeof seed` is "function", as the dropout of @nfnets/nf-blocks does; as it is, steps run one op after the other.',
    );
  };
  return Object.assign(seed, { toString: refuse, valueOf: refuse, [Symbol.toPrimitive]: refuse });
}

import type { Ending } from './classifier.js';

/**
 * The probability of each of `names` from an image's outputs. One output is the logit of a yes: its sigmoid is the probability of
 * the one name, or of the second of two.
 *
 * @throws RangeError when several outputs are sigmoids: they are no classes of which one is right.
 * @throws Error when an output is not finite.
 */
export function classProbabilities(outputs: Float32Array, ending: Ending, names: number): Float64Array {
  const broken = outputs.findIndex((value) => !Number.isFinite(value));
  if (broken >= 0) {
    throw new Error(
      `classify: the model gave logits that are not finite (${outputs[broken]} for class ${broken}): its weights, or its image, are broken.`,
    );
  }
  const values = Float64Array.from(outputs);
  if (values.length === 1) {
    const yes = ending === 'sigmoid' ? values[0]! : 1 / (1 + Math.exp(-values[0]!));
    return names === 2 ? Float64Array.of(1 - yes, yes) : Float64Array.of(yes);
  }
  if (ending === 'softmax') return values;
  if (ending === 'sigmoid') {
    throw new RangeError(
      'classify: `model` must end in logits, a softmax, or one sigmoid, got several sigmoids, which do not exclude each other.',
    );
  }
  const highest = values.reduce((most, value) => Math.max(most, value));
  const shares = values.map((value) => Math.exp(value - highest));
  const sum = shares.reduce((total, share) => total + share);
  return shares.map((share) => share / sum);
}

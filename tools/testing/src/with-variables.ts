import * as tf from '@tensorflow/tfjs';

/** A test that may leave variables behind. */
export const withVariables =
  <Case extends unknown[]>(test: (...each: Case) => Promise<void>) =>
  async (...each: Case): Promise<void> => {
    try {
      await test(...each);
    } finally {
      tf.disposeVariables();
    }
  };

/** A variable that owns its initial value; tf's keeps the tensor it was made of alive. */
export function variableOf(value: () => tf.Tensor, name?: string): tf.Variable {
  return tf.tidy(() => tf.variable(value(), true, name));
}

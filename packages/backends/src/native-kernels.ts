import * as tf from '@tensorflow/tfjs';

/**
 * Replaces `Step` of tfjs-node, the slope of relu, which makes a tensor of ones in JavaScript at every call: the sign of
 * the relu is 0, 1 or NaN likewise, in two ops.
 */
export function replaceNativeKernels(): void {
  const step = tf.getKernel(tf.Step, 'tensorflow');
  if (!step || step.kernelFunc === heaviside) return;
  original = step.kernelFunc;
  tf.unregisterKernel(tf.Step, 'tensorflow');
  tf.registerKernel({ ...step, kernelFunc: heaviside });
}

let original: tf.KernelFunc;

const heaviside: tf.KernelFunc = (args) => {
  const x = args.inputs['x'] as tf.Tensor;
  if ((args.attrs as unknown as tf.StepAttrs).alpha !== 0 || x.dtype !== 'float32') return original(args);
  return tf.tidy(() => tf.sign(tf.relu(x)));
};

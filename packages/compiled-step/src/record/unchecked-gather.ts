import * as tf from '@tensorflow/tfjs-core';
import { type TensorFlowBackend, TF_DTYPE } from '../tensorflow/tensorflow-binding.js';

/**
 * Runs `action` with a `GatherV2` kernel that does not read the indices: tfjs-node's does, to check their range, which
 * is not possible while a step is recorded. TensorFlow checks them when the graph runs.
 */
export function withUncheckedGather<T>(action: () => T): T {
  const checked = tf.getKernel(tf.GatherV2, 'tensorflow');
  if (!checked) return action();
  replaceKernel({ ...checked, kernelFunc: gather });
  try {
    return action();
  } finally {
    replaceKernel(checked);
  }
}

function replaceKernel(config: tf.KernelConfig): void {
  tf.unregisterKernel(config.kernelName, config.backendName);
  tf.registerKernel(config);
}

const gather: tf.KernelFunc = ({ inputs, attrs, backend }) => {
  const { x, indices } = inputs as Record<'x' | 'indices', tf.Tensor>;
  const { axis, batchDims } = attrs as unknown as tf.GatherV2Attrs;
  const native = backend as TensorFlowBackend;
  const axisTensor = tf.scalar(axis, 'int32');
  try {
    const ids = native.getInputTensorIds([x, indices, axisTensor]);
    const { binding } = native;
    const type = (name: string, value: number) => ({ name, type: binding.TF_ATTR_TYPE, value });
    const attributes = [
      { name: 'batch_dims', type: binding.TF_ATTR_INT, value: batchDims },
      type('Tparams', native.getDTypeInteger(x.dtype)),
      type('Tindices', native.getDTypeInteger(indices.dtype)),
      type('Taxis', TF_DTYPE.int32),
    ];
    return native.createOutputTensor(binding.executeOp('GatherV2', attributes, ids, 1)[0]!);
  } finally {
    axisTensor.dispose();
  }
};

import * as tf from '@tensorflow/tfjs';

/** What tfjs-node's backend has beside a `tf.KernelBackend`. */
interface NativeBackend extends tf.KernelBackend {
  executeSingleInput(op: string, input: tf.TensorInfo): tf.Tensor;
  executeSingleOutput(op: string, attributes: readonly unknown[], inputs: readonly tf.TensorInfo[]): tf.Tensor;
  createReductionOpAttrs(tensor: tf.TensorInfo, keepDims?: boolean): unknown[];
}

interface Call {
  readonly x: tf.TensorInfo;
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly backend: NativeBackend;
}

/** Gives undefined for what tfjs-node's own kernel is to do. */
type Answer = (call: Call) => tf.TensorInfo | undefined;

const ANSWERS: Readonly<Record<string, Answer>> = {
  // The slope of relu, of which tfjs-node makes a tensor of ones in JavaScript at every call: the sign of the relu is 0, 1 or NaN
  // likewise, in two ops.
  Step: ({ x, attrs, backend }) => {
    if (attrs['alpha'] !== 0 || x.dtype !== 'float32') return undefined;
    const relu = backend.executeSingleInput('Relu', x);
    const sign = backend.executeSingleInput('Sign', relu);
    relu.dispose();
    return sign;
  },
  // tfjs-node casts to the type that it is, in an op of its own.
  Mean: ({ x, attrs, backend }) => {
    if (x.dtype !== 'float32') return undefined;
    const axes = tf.tensor1d(tf.util.parseAxisParam(attrs['axis'] as number[], [...x.shape]), 'int32');
    const attributes = backend.createReductionOpAttrs(x, attrs['keepDims'] as boolean | undefined);
    const mean = backend.executeSingleOutput('Mean', attributes, [x, axes]);
    axes.dispose();
    return mean;
  },
  Cast: ({ x, attrs, backend }) => {
    if (x.dtype !== attrs['dtype'] || x.dtype === 'string') return undefined;
    backend.incRef(x.dataId);
    return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
  },
};

const replaced = new WeakSet<tf.KernelFunc>();

/** Replaces kernels of tfjs-node that make more ops of TensorFlow than they need. */
export function replaceNativeKernels(): void {
  for (const [name, answer] of Object.entries(ANSWERS)) {
    const kernel = tf.getKernel(name, 'tensorflow');
    if (!kernel || replaced.has(kernel.kernelFunc)) continue;
    const original = kernel.kernelFunc;
    const kernelFunc: tf.KernelFunc = (args) => {
      const { inputs, attrs, backend } = args as unknown as Omit<Call, 'x'> & {
        readonly inputs: tf.NamedTensorInfoMap;
      };
      return answer({ x: inputs['x']!, attrs, backend }) ?? original(args);
    };
    replaced.add(kernelFunc);
    tf.unregisterKernel(name, 'tensorflow');
    tf.registerKernel({ ...kernel, kernelFunc });
  }
}

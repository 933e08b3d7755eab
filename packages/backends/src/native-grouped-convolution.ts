import * as tf from '@tensorflow/tfjs';

/** What tfjs-node's backend has beside a `tf.KernelBackend`. */
interface NativeBackend extends tf.KernelBackend {
  readonly binding: Readonly<Record<`TF_ATTR_${'TYPE' | 'INT' | 'STRING' | 'BOOL'}` | 'TF_FLOAT', number>>;
  executeSingleOutput(op: string, attributes: readonly unknown[], inputs: readonly tf.TensorInfo[]): tf.Tensor;
}

/** Attributes of the kernels that `groupedConv2d` of @nfnets/ws-conv looks for. */
interface Geometry {
  readonly strides: readonly [number, number];
  readonly pad: 'same' | 'valid';
  readonly inputShape?: readonly number[];
  readonly filterShape?: readonly number[];
}

type Inputs = Readonly<Record<string, tf.TensorInfo>>;

/** TensorFlow's ops, which see the groups in the kernel's channels, and what they take. */
const KERNELS: Readonly<
  Record<string, readonly [op: string, take: (inputs: Inputs, geometry: Geometry) => unknown[]]>
> = {
  GroupedConv2D: ['Conv2D', ({ x, filter }) => [x, filter]],
  GroupedConv2DBackpropInput: ['Conv2DBackpropInput', ({ dy, filter }, { inputShape }) => [inputShape, filter, dy]],
  GroupedConv2DBackpropFilter: ['Conv2DBackpropFilter', ({ x, dy }, { filterShape }) => [x, filterShape, dy]],
};

/** Registers grouped convolutions as one op each, where this version of TensorFlow computes all three. */
export function registerGroupedConvolutions(): void {
  if (tf.getKernel('GroupedConv2D', 'tensorflow') || !worksHere()) return;
  for (const kernelName of Object.keys(KERNELS)) {
    const kernelFunc: tf.KernelFunc = ({ inputs, attrs, backend }) =>
      run(kernelName, backend as NativeBackend, inputs as Inputs, attrs as unknown as Geometry);
    tf.registerKernel({ kernelName, backendName: 'tensorflow', kernelFunc });
  }
}

function run(kernelName: string, backend: NativeBackend, inputs: Inputs, geometry: Geometry): tf.Tensor {
  const [op, take] = KERNELS[kernelName]!;
  const { TF_ATTR_TYPE, TF_ATTR_INT, TF_ATTR_STRING, TF_ATTR_BOOL, TF_FLOAT } = backend.binding;
  const attributes = [
    { name: 'T', type: TF_ATTR_TYPE, value: TF_FLOAT },
    { name: 'strides', type: TF_ATTR_INT, value: [1, ...geometry.strides, 1] },
    { name: 'padding', type: TF_ATTR_STRING, value: geometry.pad.toUpperCase() },
    { name: 'data_format', type: TF_ATTR_STRING, value: 'NHWC' },
    { name: 'use_cudnn_on_gpu', type: TF_ATTR_BOOL, value: true },
    { name: 'dilations', type: TF_ATTR_INT, value: [1, 1, 1, 1] },
  ];
  const taken = take(inputs, geometry);
  const tensors = taken.map((each) => (Array.isArray(each) ? tf.tensor1d(each, 'int32') : (each as tf.TensorInfo)));
  const result = backend.executeSingleOutput(op, attributes, tensors);
  tf.dispose(tensors.filter((tensor, i) => tensor !== taken[i]) as tf.Tensor[]);
  return result;
}

/** Older ones refuse groups on a processor, some only in the gradients. */
function worksHere(): boolean {
  const backend = tf.findBackend('tensorflow') as NativeBackend;
  try {
    tf.tidy(() => {
      const [x, filter] = [tf.ones([1, 3, 3, 2]), tf.ones([3, 3, 1, 2])];
      const geometry: Geometry = { strides: [1, 1], pad: 'same', inputShape: x.shape, filterShape: filter.shape };
      for (const kernelName of Object.keys(KERNELS))
        run(kernelName, backend, { x, filter, dy: x }, geometry).dataSync();
    });
    return true;
  } catch {
    return false;
  }
}

import * as tf from '@tensorflow/tfjs';
import { measureInTurn, report, wasmWithShippedKernels } from './measure.js';

const SHAPE = [128, 14, 14, 32] as const;

/** The other kernels that @nfnets/wasm-training replaces, in turn with the ones they replace. */
export default async function benchmarkKernels(): Promise<void> {
  const { backend, shipped } = await wasmWithShippedKernels();

  const x = tf.randomNormal<tf.Rank.R4>([...SHAPE]);
  const y = tf.randomNormal<tf.Rank.R4>([...SHAPE]);
  const columns = tf.randomNormal([128, 1, 1, 32]);
  const pooled = tf.maxPool(x, 2, 2, 'same');
  const left = tf.randomNormal([256, 512]);
  const right = tf.randomNormal([256, 512]);
  const rows = tf.range(0, 128, 1, 'int32');
  const pool = { filterSize: [2, 2], strides: [2, 2], pad: 'same' };
  const cases: [string, string, tf.NamedTensorMap, object][] = [
    ['A^T B, [512, 256] * [256, 512]', 'BatchMatMul', { a: left, b: right }, { transposeA: true, transposeB: false }],
    ['A B^T, [256, 512] * [512, 256]', 'BatchMatMul', { a: left, b: right }, { transposeA: false, transposeB: true }],
    ['tanh', 'Tanh', { x }, {}],
    ['erf', 'Erf', { x }, {}],
    ['maximum', 'Maximum', { a: x, b: y }, {}],
    ['sum over [0, 1, 2]', 'Sum', { x }, { axis: [0, 1, 2], keepDims: false }],
    ['gradient of max pooling, 2 x 2', 'MaxPoolGrad', { dy: pooled, input: x, output: pooled }, pool],
    ['slice, 16 of 128 images', 'Slice', { x }, { begin: [32, 0, 0, 0], size: [16, 14, 14, 32] }],
    ['gather, 128 images', 'GatherV2', { x, indices: rows }, { axis: 0, batchDims: 0 }],
    ['tile over the pixels', 'Tile', { x: columns }, { reps: [1, 14, 14, 1] }],
  ];
  const table = cases.map(([what, name, inputs, attributes]) => {
    const attrs = attributes as tf.NamedAttrMap;
    const run = (kernelFunc: tf.KernelFunc) => () => {
      backend.disposeData((kernelFunc({ inputs, attrs, backend }) as tf.TensorInfo).dataId);
    };
    const [ours, theirs] = measureInTurn([run(tf.getKernel(name, 'wasm').kernelFunc), run(shipped.get(name)!)], 11) as [
      number,
      number,
    ];
    return {
      kernel: what,
      ms: Number(ours.toFixed(2)),
      'ms, tfjs': Number(theirs.toFixed(2)),
      times: Number((theirs / ours).toFixed(1)),
    };
  });
  report('wasm-kernels', `Other kernels on wasm, one thread, tensors of [${SHAPE.join(', ')}]`, table);
}

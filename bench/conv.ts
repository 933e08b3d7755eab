import * as tf from '@tensorflow/tfjs';
import { measureInTurn, report, wasmWithShippedKernels } from './measure.js';

/** [batch, size, input channels, kernel size, output channels, stride]. */
const SHAPES = [
  [32, 28, 64, 3, 64, 1],
  [8, 56, 64, 3, 64, 1],
  [32, 14, 256, 3, 256, 1],
  [128, 28, 8, 3, 16, 1],
  [128, 14, 32, 3, 32, 1],
  [256, 7, 64, 3, 64, 1],
  [64, 28, 16, 3, 32, 2],
  [64, 14, 128, 1, 128, 1],
] as const;

/** Convolution and its two gradients on wasm, one thread, in turn with tfjs's own kernels where it has them. */
export default async function benchmarkConvolution(): Promise<void> {
  const { backend, shipped } = await wasmWithShippedKernels();

  const rows = SHAPES.map(([batch, size, inChannels, kernel, outChannels, stride]) => {
    const x = tf.randomNormal<tf.Rank.R4>([batch, size, size, inChannels]);
    const filter = tf.randomNormal<tf.Rank.R4>([kernel, kernel, inChannels, outChannels]);
    const dy = tf.conv2d(x, filter, stride, 'same');
    const flops = 2 * dy.size * kernel * kernel * inChannels;
    const attrs = {
      strides: stride,
      pad: 'same',
      dilations: 1,
      dataFormat: 'NHWC',
      inputShape: x.shape,
      filterShape: filter.shape,
    } as unknown as tf.NamedAttrMap;
    const calls = [
      ['Conv2D', { x, filter }],
      ['Conv2DBackpropInput', { dy, filter }],
      ['Conv2DBackpropFilter', { x, dy }],
    ] as const;
    const actions = calls.flatMap(([name, inputs]) =>
      [tf.getKernel(name, 'wasm').kernelFunc, shipped.get(name)].flatMap((kernelFunc) =>
        kernelFunc === undefined
          ? []
          : [
              () =>
                backend.disposeData(
                  (kernelFunc({ inputs, attrs, backend }) as tf.TensorInfo).dataId,
                ) as unknown as undefined,
            ],
      ),
    );
    // tfjs's input gradient takes a second on the large shapes.
    const [forward, forwardShipped, dx, dxShipped, dw] = measureInTurn(actions, 7) as [
      number,
      number,
      number,
      number,
      number,
    ];
    tf.dispose([x, filter, dy]);
    const speed = (ms: number, times = 1) => Number(((times * flops) / ms / 1e6).toFixed(1));
    return {
      shape: `[${batch}, ${size}, ${size}, ${inChannels}] * [${kernel}, ${kernel}, ${inChannels}, ${outChannels}] / ${stride}`,
      forward: speed(forward),
      dX: speed(dx),
      dW: speed(dw),
      total: speed(forward + dx + dw, 3),
      'forward, times tfjs': Number((forwardShipped / forward).toFixed(2)),
      'dX, times tfjs': Number((dxShipped / dx).toFixed(1)),
    };
  });
  report('conv', 'Convolution on wasm, one thread, GFLOP/s', rows);
}

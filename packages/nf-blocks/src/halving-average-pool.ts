import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';

/**
 * Averages windows of 2 x 2 pixels at stride 2, padding `'same'`: a window over an odd edge averages its real pixels.
 *
 * The value is `tf.avgPool`'s. Its gradient is exact at odd sizes too, where tfjs's own divides by 4 even for windows
 * of one or two pixels.
 *
 * @param x `[batch, height, width, channels]`
 * @returns `[batch, ceil(height / 2), ceil(width / 2), channels]`
 */
export function halvingAveragePool(x: tf.Tensor4D): tf.Tensor4D {
  return poolOp(x) as tf.Tensor4D;
}

const GEOMETRY = { filterSize: [2, 2], strides: [2, 2], pad: 'same' };

const poolOp = tf.customGrad((...inputs) => {
  const [x, save] = inputs as unknown as [tf.Tensor4D, (tensors: tf.Tensor[]) => void];
  save([x]);
  return {
    value: tf.avgPool(x, 2, 2, 'same'),
    gradFunc: (dy: tf.Tensor, [input]: tf.Tensor[]) => {
      const [, height, width] = input!.shape as [number, number, number, number];
      const rescaled = height % 2 === 0 && width % 2 === 0 ? dy : tf.mul(dy, edgeFactors(height, width));
      const kernelInputs = { dy: rescaled, input: input! };
      return tf.engine().runKernel(tf.AvgPoolGrad, kernelInputs, GEOMETRY as unknown as tf.NamedAttrMap) as tf.Tensor;
    },
  };
});

/** How many times too small `tf.AvgPoolGrad` is at each window: 4 / its real pixels. `[1, outHeight, outWidth, 1]`. */
function edgeFactors(height: number, width: number): tf.Tensor4D {
  const alongAxis = (size: number) => Array.from({ length: Math.ceil(size / 2) }, (_, i) => (2 * i + 1 < size ? 1 : 2));
  const columns = alongAxis(width);
  const factors = alongAxis(height).flatMap((row) => columns.map((column) => row * column));
  return tf.tensor4d(factors, [1, Math.ceil(height / 2), columns.length, 1]);
}

/** Layer that computes {@link halvingAveragePool}. */
export class HalvingAveragePool extends tfl.layers.Layer {
  static readonly className = 'HalvingAveragePool';

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => halvingAveragePool((Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor4D));
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    const [batch, height, width, channels] = inputShape as tfl.Shape;
    const half = (size: number | null | undefined) => (size == null ? null : Math.ceil(size / 2));
    return [batch ?? null, half(height), half(width), channels ?? null];
  }
}
tf.serialization.registerClass(HalvingAveragePool);

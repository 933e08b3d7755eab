import { GAMMA } from '@nfnets/nf-blocks';
import { ScaledWSConv2D, scaledStandardize } from '@nfnets/ws-conv';
import * as tf from '@tensorflow/tfjs';

/** A scaled weight-standardized convolution whose gain is multiplied by relu's gamma, so that activations need none. */
export class GammaConv2D extends ScaledWSConv2D {
  override standardizedKernel(): tf.Tensor4D {
    const [kernel, gain] = this.trainableWeights.map((weight) => weight.read()) as [tf.Tensor4D, tf.Tensor1D];
    return scaledStandardize(kernel, tf.mul(gain, GAMMA.relu), this.settings.eps);
  }
}

/** Maximum over 3 x 3 pixels at stride 2, centred on every second pixel; the sizes of the input must be even. */
export class CentredMaxPool extends tf.layers.Layer {
  static readonly className = 'CentredMaxPool';

  override call(inputs: tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const padded = tf.pad(
        inputs[0] as tf.Tensor4D,
        [
          [0, 0],
          [1, 0],
          [1, 0],
          [0, 0],
        ],
        Number.NEGATIVE_INFINITY,
      );
      return tf.maxPool(padded, 3, 2, 'valid');
    });
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    const [batch, height, width, channels] = inputShape as [null, number, number, number];
    return [batch, height / 2, width / 2, channels];
  }
}

/** `alpha * branch + shortcut`, called on `[branch, shortcut]`: a skip without a gain of its own. */
export class ScaledSum extends tf.layers.Layer {
  static readonly className = 'ScaledSum';

  constructor(private readonly settings: { readonly name: string; readonly alpha: number }) {
    super({ name: settings.name });
  }

  override call(inputs: tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => tf.add(tf.mul(inputs[0]!, this.settings.alpha), inputs[1]!));
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    return (inputShape as tf.Shape[])[0]!;
  }
}

import { groupedConv2d, type Padding } from '@nfnets/ws-conv';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';

type LayerArgs = NonNullable<ConstructorParameters<typeof tfl.layers.Layer>[0]>;

export interface GroupedConv2DArgs extends LayerArgs {
  readonly filters: number;
  /** Side of the square kernel. */
  readonly kernelSize: number;
  readonly strides: number;
  readonly padding: Padding;
  readonly groups: number;
}

/**
 * Convolution with groups and a bias, for folded networks: tfjs has no such layer.
 *
 * Weights: `kernel` `[kernelSize, kernelSize, inChannels / groups, filters]` and `bias` `[filters]`, both from zeros.
 */
export class GroupedConv2D extends tfl.layers.Layer {
  static readonly className = 'GroupedConv2D';
  private readonly settings: Pick<GroupedConv2DArgs, 'filters' | 'kernelSize' | 'strides' | 'padding' | 'groups'>;
  private kernel!: tfl.LayerVariable;
  private bias!: tfl.LayerVariable;

  constructor(args: GroupedConv2DArgs) {
    super(args);
    const { filters, kernelSize, strides, padding, groups } = args;
    this.settings = { filters, kernelSize, strides, padding, groups };
    this.inputSpec = [{ ndim: 4 }];
  }

  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    const { filters, kernelSize, groups } = this.settings;
    const shape = [kernelSize, kernelSize, (inputShape as number[])[3]! / groups, filters];
    this.kernel = this.addWeight('kernel', shape, 'float32', tfl.initializers.zeros());
    this.bias = this.addWeight('bias', [filters], 'float32', tfl.initializers.zeros());
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor4D;
      const { strides, padding, groups } = this.settings;
      const kernel = this.kernel.read() as tf.Tensor4D;
      return tf.add(groupedConv2d(x, kernel, { strides, padding, groups }), this.bias.read());
    });
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape {
    const [batch, height, width] = inputShape as tfl.Shape;
    const { filters, kernelSize, strides, padding } = this.settings;
    const sizeOf = (size: number | null | undefined) =>
      size == null ? null : Math.ceil((padding === 'valid' ? size - kernelSize + 1 : size) / strides);
    return [batch ?? null, sizeOf(height), sizeOf(width), filters];
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), ...this.settings };
  }
}
tf.serialization.registerClass(GroupedConv2D);

import { show } from '@nfnets/options';
import * as tf from '@tensorflow/tfjs-core';
import type { Padding } from './grouped-conv-2d.js';
import { ScaledWSConv2D } from './scaled-ws-conv-2d.js';

/** A plain convolution: `groupedConv2d(x, kernel, { strides, padding, groups }) + bias`. */
export interface FoldedConv2D {
  /** `[kernelSize, kernelSize, inChannels / groups, filters]`; the caller disposes it. */
  readonly kernel: tf.Tensor4D;
  /** `[filters]`, zeros of a layer without one; the caller disposes it. */
  readonly bias: tf.Tensor1D;
  readonly strides: number;
  readonly padding: Padding;
  readonly groups: number;
}

/**
 * Computes the plain convolution that gives a trained layer's output: the standardization and the gain are folded
 * into the kernel once, instead of on every call.
 *
 * @param layer A layer of {@link scaledWSConv2d} that has its weights.
 * @throws TypeError when it is no such layer; Error when it has no weights yet.
 * @example
 * ```ts
 * import { foldScaledWSConv, groupedConv2d, scaledWSConv2d } from '@nfnets/ws-conv';
 * import * as tf from '@tensorflow/tfjs';
 *
 * const layer = scaledWSConv2d({ filters: 8, kernelSize: 3 });
 * const images = tf.randomNormal<tf.Rank.R4>([1, 16, 16, 3]);
 * layer.apply(images);
 * const { kernel, bias, ...geometry } = foldScaledWSConv(layer);
 * const same = tf.add(groupedConv2d(images, kernel, geometry), bias);
 * ```
 */
export function foldScaledWSConv(layer: ScaledWSConv2D): FoldedConv2D {
  if (!(layer instanceof ScaledWSConv2D)) {
    throw new TypeError(`foldScaledWSConv: \`layer\` must be a layer of scaledWSConv2d, got ${show(layer)}.`);
  }
  if (!layer.built) {
    throw new Error(`foldScaledWSConv: layer "${layer.name}" has no weights yet. Call it, or build its model, first.`);
  }
  const { filters, strides, padding, groups } = layer.settings;
  const bias = layer.weights.find(({ originalName }) => originalName.endsWith('/bias'));
  return {
    kernel: tf.tidy(() => layer.standardizedKernel()),
    bias: bias ? (tf.clone(bias.read()) as tf.Tensor1D) : tf.zeros([filters]),
    strides,
    padding,
    groups,
  };
}

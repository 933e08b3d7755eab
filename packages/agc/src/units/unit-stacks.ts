import * as tf from '@tensorflow/tfjs-core';
import type { ParamGradient } from '../contract/gradient-transform.js';
import { planStacks, stack } from './stack-by-shape.js';

/** A gradient with the axes over which the norm of one of its units is taken. */
export interface UnitGradient extends ParamGradient {
  readonly axes: readonly number[];
}

/** Parameters and gradients of equal shape, handled by one set of kernel calls. */
export interface UnitStack {
  /** Positions in the list that was stacked; more than one gives the tensors a new first axis. */
  readonly indices: readonly number[];
  readonly params: tf.Tensor;
  readonly grads: tf.Tensor;
  /** Axes of `params` and `grads` that make up one unit. */
  readonly axes: readonly number[];
  /** Number of units, over all of `indices`. */
  readonly units: number;
}

/** Stacks the small gradients of equal shape and axes, and their parameters. */
export function stackUnits(gradients: readonly UnitGradient[]): UnitStack[] {
  const plan = planStacks(gradients.map(({ grad, axes }) => ({ shape: grad.shape, key: axes.join() })));
  return plan.map((indices) => {
    const members = indices.map((index) => gradients[index]!);
    const { axes, grad } = members[0]!;
    const unitsEach = grad.shape.reduce((product, size, axis) => (axes.includes(axis) ? product : product * size), 1);
    return {
      indices,
      params: stack(members.map(({ param }) => param)),
      grads: stack(members.map((member) => member.grad)),
      axes: indices.length === 1 ? axes : axes.map((axis) => axis + 1),
      units: unitsEach * indices.length,
    };
  });
}

/** L2 norm of every unit of every stack in one vector [units], in the order of the stacks. */
export function unitNorms(stacks: readonly UnitStack[], which: 'params' | 'grads'): tf.Tensor1D {
  // A tidy per stack: the squares of a large tensor go before the next one's come.
  const squares = stacks.map((each) => tf.tidy(() => flatten(sumSquares(each[which], each.axes))));
  return tf.sqrt(tf.concat1d(squares));
}

/** `perUnit` [units] shaped to broadcast against the tensors of `stack`. */
export function broadcastUnits(perUnit: tf.Tensor, { grads, axes }: UnitStack): tf.Tensor {
  const shape = grads.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const isTrailing = shape.length > 0 && shape.slice(0, -1).every((size) => size === 1);
  return isTrailing ? perUnit : tf.reshape(perUnit, shape);
}

function sumSquares(x: tf.Tensor, axes: readonly number[]): tf.Tensor {
  const squares = tf.square(x);
  return axes.length === 0 ? squares : tf.sum(squares, [...axes]);
}

function flatten(x: tf.Tensor): tf.Tensor1D {
  return x.rank === 1 ? (x as tf.Tensor1D) : tf.reshape(x, [-1]);
}

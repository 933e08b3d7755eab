import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { listLeaves, rebuildTree, type TensorTree } from './tensor-tree.js';

describe('listLeaves', () => {
  it('names the tensors of nested objects and arrays, keys in order', () => {
    const [a, b, c] = [tf.scalar(1), tf.scalar(2), tf.scalar(3)] as const;
    const leaves = listLeaves({ z: a, aux: [b, { mask: c }] }, 'test');
    expect(leaves).toEqual([
      { path: 'aux[0]', tensor: b },
      { path: 'aux[1].mask', tensor: c },
      { path: 'z', tensor: a },
    ]);
    tf.dispose([a, b, c]);
  });

  it.each([
    [{ loss: 3 }, 'test must be made of tensors, in objects or arrays; got number 3 at loss.'],
    [undefined, 'test must be made of tensors, in objects or arrays; got undefined.'],
    [{ a: [new Map()] }, 'test must be made of tensors, in objects or arrays; got a Map at a[0].'],
    [
      Promise.resolve(),
      'test must be made of tensors, in objects or arrays; got a promise (a step must be synchronous).',
    ],
  ])('refuses %o', (tree, message) => {
    expect(() => listLeaves(tree, 'test')).toThrow(new TypeError(message));
  });

  it('refuses a disposed tensor by its path', () => {
    const x = tf.scalar(1);
    x.dispose();
    expect(() => listLeaves({ x }, 'test')).toThrow('test holds a tensor that was disposed: x.');
  });
});

it('rebuildTree puts other tensors in the places of a tree', () => {
  const [a, b, c, d] = [1, 2, 3, 4].map((value) => tf.scalar(value)) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
  expect(rebuildTree<TensorTree>({ z: a, x: [b] }, [c, d])).toEqual({ x: [c], z: d });
  expect(rebuildTree<TensorTree>(a, [b])).toBe(b);
  tf.dispose([a, b, c, d]);
});

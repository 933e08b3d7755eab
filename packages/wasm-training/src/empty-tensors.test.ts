import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import './index.js';

beforeAll(async () => {
  await tf.setBackend('wasm');
});
afterAll(async () => {
  await tf.setBackend('cpu');
});

/** Leaves `value` in the memory that the next small tensors get. */
function litter(value: number): void {
  const tensors = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 100, 256].flatMap((count) =>
    [0, 1, 2].map(() => tf.fill([count], value)),
  );
  tf.dispose(tensors);
}

/** What `compute` gives, twice, in memory that holds other numbers: fails where they show. */
function compute(make: () => tf.Tensor): { shape: number[]; values: number[] } {
  const [first, second] = [7.5, -1e9].map((value) => {
    litter(value);
    const y = tf.tidy(make);
    const result = { shape: y.shape, values: [...y.dataSync()] };
    y.dispose();
    return result;
  });
  expect(second).toEqual(first);
  return first!;
}

const SHAPES = [
  [0],
  [3, 0],
  [0, 3],
  [0, 0],
  [2, 0, 3],
  [0, 2, 3, 4],
  [2, 3, 0, 4],
  [2, 0, 3, 2, 2],
  [2, 2, 0, 1, 2, 3],
];

type Reduce = (x: tf.Tensor, axis?: number | number[], keepDims?: boolean) => tf.Tensor;

/** As TensorFlow has them. */
const OF_NOTHING: readonly (readonly [name: string, reduce: Reduce, value: number])[] = [
  ['sum', tf.sum, 0],
  ['mean', tf.mean, Number.NaN],
  ['prod', tf.prod, 1],
  ['max', tf.max, -Infinity],
  ['min', tf.min, Infinity],
  ['euclideanNorm', tf.euclideanNorm, 0],
  ['logSumExp', tf.logSumExp, -Infinity],
];

describe('a reduction of nothing', () => {
  for (const shape of SHAPES) {
    const axes = [undefined, ...shape.keys(), ...(shape.length > 2 ? [[0, 2]] : [])];
    it(`of shape [${shape}] is TensorFlow's, over any axes`, () => {
      for (const axis of axes) {
        const over = [axis ?? [...shape.keys()]].flat();
        for (const keepDims of [false, true]) {
          const outShape = keepDims
            ? shape.map((size, i) => (over.includes(i) ? 1 : size))
            : shape.filter((_, i) => !over.includes(i));
          const expected = (value: number) => ({
            shape: outShape,
            values: Array(tf.util.sizeFromShape(outShape)).fill(value),
          });
          const x = () => tf.zeros(shape);
          for (const [name, reduce, value] of OF_NOTHING) {
            const result = compute(() => reduce(x(), axis, keepDims));
            expect(result, `${name} over ${axis}`).toEqual(expected(value));
          }
          expect(compute(() => tf.any(tf.zeros(shape, 'bool'), axis, keepDims))).toEqual(expected(0));
          expect(compute(() => tf.all(tf.zeros(shape, 'bool'), axis, keepDims))).toEqual(expected(1));
          expect(compute(() => tf.sum(tf.zeros(shape, 'int32'), axis, keepDims))).toEqual(expected(0));
          expect(compute(() => tf.max(tf.zeros(shape, 'int32'), axis, keepDims))).toEqual(expected(-(2 ** 31)));
        }
      }
    });
  }

  it('has no place of its largest number', () => {
    for (const choose of [tf.argMax, tf.argMin]) {
      const x = tf.zeros([3, 0]);
      expect(() => choose(x, 1)).toThrow(/of shape \[3,0\] has nothing along axis 1 to choose from/);
      x.dispose();
      expect(compute(() => choose(tf.zeros([3, 0]), 0))).toEqual({ shape: [0], values: [] });
    }
  });

  it('gives a gradient of its shape', () => {
    expect(compute(() => tf.grad((x) => tf.sum(tf.mean(x, 1)))(tf.zeros([3, 0])))).toEqual({
      shape: [3, 0],
      values: [],
    });
  });
});

describe('what is made of empty tensors', () => {
  const zeros = (shape: number[]) => tf.zeros(shape);
  const image = (shape: [number, number, number, number]) => tf.zeros(shape) as tf.Tensor4D;
  const filter = (shape: [number, number, number, number]) => tf.ones(shape) as tf.Tensor4D;

  it.each<[string, () => tf.Tensor, number[], number]>([
    ['matMul without depth', () => tf.matMul(zeros([2, 0]), zeros([0, 3])), [2, 3], 0],
    ['matMul without depth, transposed', () => tf.matMul(zeros([0, 2]), zeros([0, 3]), true), [2, 3], 0],
    [
      'a dense layer without depth',
      () => tf.fused.matMul({ a: zeros([2, 0]), b: zeros([0, 3]), bias: tf.ones([3]) }),
      [2, 3],
      1,
    ],
    ['einsum without depth', () => tf.einsum('ij,jk->ik', zeros([2, 0]), zeros([0, 3])), [2, 3], 0],
    ['conv2d without images', () => tf.conv2d(image([0, 4, 4, 2]), filter([3, 3, 2, 5]), 1, 'same'), [0, 4, 4, 5], 0],
    ['conv2d without channels', () => tf.conv2d(image([1, 4, 4, 0]), filter([3, 3, 0, 5]), 1, 'same'), [1, 4, 4, 5], 0],
    [
      'fused conv2d without channels',
      () =>
        tf.fused.conv2d({
          x: image([1, 2, 2, 0]),
          filter: filter([3, 3, 0, 2]),
          strides: 1,
          pad: 'same',
          bias: tf.ones([2]),
        }),
      [1, 2, 2, 2],
      1,
    ],
    [
      'the filter gradient without images',
      () => tf.grad((w) => tf.conv2d(image([0, 4, 4, 2]), w as tf.Tensor4D, 1, 'same'))(filter([3, 3, 2, 5])),
      [3, 3, 2, 5],
      0,
    ],
    [
      'the depthwise filter gradient without images',
      () => tf.grad((w) => tf.depthwiseConv2d(image([0, 4, 4, 2]), w as tf.Tensor4D, 1, 'same'))(filter([3, 3, 2, 1])),
      [3, 3, 2, 1],
      0,
    ],
    [
      'depthwise without images',
      () => tf.depthwiseConv2d(image([0, 4, 4, 2]), filter([3, 3, 2, 2]), 2, 'same'),
      [0, 2, 2, 4],
      0,
    ],
    ['avgPool without images', () => tf.avgPool(image([0, 4, 4, 2]), 2, 2, 'same'), [0, 2, 2, 2], 0],
    ['maxPool without channels', () => tf.maxPool(image([2, 4, 4, 0]), 2, 2, 'same'), [2, 2, 2, 0], 0],
    ['softmax', () => tf.softmax(zeros([3, 0])), [3, 0], 0],
    ['logSoftmax', () => tf.logSoftmax(zeros([0, 3])), [0, 3], 0],
    ['cumsum', () => tf.cumsum(zeros([2, 0]), 1), [2, 0], 0],
    ['cumprod', () => tf.cumprod(zeros([0, 2]), 1), [0, 2], 0],
    ['topk', () => tf.topk(zeros([2, 0]), 0).values, [2, 0], 0],
    ['pad', () => tf.pad(zeros([0]), [[1, 2]], 3), [3], 3],
    ['concat', () => tf.concat([zeros([0, 2]), tf.ones([1, 2]), zeros([0, 2])]), [1, 2], 1],
    ['slice', () => tf.slice(tf.ones([3, 2]), [1, 0], [0, 2]), [0, 2], 0],
    ['split', () => tf.split(tf.ones([3, 2]), [0, 3])[0]!, [0, 2], 0],
    ['gather', () => tf.gather(tf.ones([3, 2]), tf.tensor1d([], 'int32')), [0, 2], 0],
    ['tile', () => tf.tile(zeros([0, 2]), [3, 2]), [0, 4], 0],
    ['tile by 0', () => tf.tile(tf.ones([3, 2]), [0, 1]), [0, 2], 0],
    ['stack', () => tf.stack([zeros([0, 2]), zeros([0, 2])], 2), [0, 2, 2], 0],
    ['transpose', () => tf.transpose(zeros([0, 2, 3])), [3, 2, 0], 0],
    ['reverse', () => tf.reverse(zeros([0, 2])), [0, 2], 0],
    ['oneHot', () => tf.oneHot(tf.tensor1d([], 'int32'), 3), [0, 3], 0],
    ['unsortedSegmentSum', () => tf.unsortedSegmentSum(zeros([0, 2]), tf.tensor1d([], 'int32'), 3), [3, 2], 0],
    ['scatterND', () => tf.scatterND(tf.zeros([0, 1], 'int32'), zeros([0, 2]), [3, 2]), [3, 2], 0],
    ['batchNorm', () => tf.batchNorm(zeros([0, 2]) as tf.Tensor2D, tf.zeros([2]), tf.ones([2])), [0, 2], 0],
    [
      'conv3d without channels',
      () => tf.conv3d(tf.zeros<tf.Rank.R5>([1, 2, 2, 2, 0]), tf.zeros([1, 1, 1, 0, 3]), 1, 'same'),
      [1, 2, 2, 2, 3],
      0,
    ],
  ])('%s', (_, make, shape, value) => {
    expect(compute(make)).toEqual({ shape, values: Array(tf.util.sizeFromShape(shape)).fill(value) });
  });

  it('says that there are no pixels', () => {
    const x = image([2, 3, 0, 4]);
    expect(() => tf.image.resizeBilinear(x, [2, 2])).toThrow(
      'ResizeBilinear: images of shape [2,3,0,4] have no pixels.',
    );
    x.dispose();
  });
});

describe('an axis that is not there', () => {
  it('is refused where tfjs would not end, or show memory', () => {
    const x = tf.scalar(3);
    expect(() => tf.cumsum(x)).toThrow(/axis/);
    expect(() => tf.softmax(x)).toThrow(/axis|must be/);
    x.dispose();
  });
});

import { NEEDS_GPU, useSoftwareGpu } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { expectSameAsCpu, gradientsOf } from './__fixtures__/webgpu-and-cpu.js';
import { useBackend } from './index.js';

useSoftwareGpu();

/** What networks apply to every number. */
const FUNCTIONS = {
  softmax: (x: tf.Tensor) => tf.softmax(x),
  logSoftmax: (x: tf.Tensor) => tf.logSoftmax(x),
  relu: tf.relu<tf.Tensor>,
  sigmoid: tf.sigmoid<tf.Tensor>,
  tanh: tf.tanh<tf.Tensor>,
  elu: tf.elu<tf.Tensor>,
  erf: tf.erf<tf.Tensor>,
  softplus: tf.softplus<tf.Tensor>,
  exp: tf.exp<tf.Tensor>,
  abs: tf.abs<tf.Tensor>,
};

const isMissing = await useBackend('webgpu').then(
  () => false,
  () => true,
);

describe.skipIf(isMissing)(`on webgpu (${NEEDS_GPU})`, { timeout: 120_000 }, () => {
  beforeEach(async () => {
    await useBackend('webgpu');
  });
  afterAll(async () => {
    await tf.setBackend('cpu');
  });

  describe('a convolution and its gradients', () => {
    it.each([
      // images, filter, stride, padding
      [[2, 8, 8, 4], [3, 3, 4, 8], 1, 'same'],
      [[2, 9, 7, 3], [3, 3, 3, 5], 2, 'same'],
      [[2, 28, 28, 1], [3, 3, 1, 16], 2, 'same'],
      [[2, 8, 8, 16], [1, 1, 16, 32], 1, 'same'],
      [[1, 5, 5, 5], [3, 3, 5, 7], 1, 'valid'],
      [[2, 6, 6, 8], [2, 2, 8, 8], 2, 'valid'],
    ] as const)('of %j with %j by %d, %s, are those of the cpu', async (images, filter, stride, padding) => {
      const convolve = (x: tf.Tensor, w: tf.Tensor) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, padding);
      await expectSameAsCpu([images, filter], (x, w) => convolve(x!, w!));
      await expectSameAsCpu(
        [images, filter],
        gradientsOf((x, w) => convolve(x!, w!)),
      );
    });

    it('in groups, by splitting and joining channels, are those of the cpu', async () => {
      const inGroups = (x: tf.Tensor, w: tf.Tensor) => {
        const filters = tf.split<tf.Tensor4D>(w as tf.Tensor4D, 4, 3);
        return tf.concat(
          tf.split<tf.Tensor4D>(x as tf.Tensor4D, 4, 3).map((part, i) => tf.conv2d(part, filters[i]!, 1, 'same')),
          3,
        );
      };
      const inputs = [
        [2, 8, 8, 16],
        [3, 3, 4, 16],
      ];
      await expectSameAsCpu(inputs, (x, w) => inGroups(x!, w!));
      await expectSameAsCpu(
        inputs,
        gradientsOf((x, w) => inGroups(x!, w!)),
      );
    });

    it('for each channel are those of the cpu', async () => {
      const depthwise = (x: tf.Tensor, w: tf.Tensor) =>
        tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same');
      await expectSameAsCpu(
        [
          [2, 8, 8, 4],
          [3, 3, 4, 2],
        ],
        gradientsOf((x, w) => depthwise(x!, w!)),
      );
    });
  });

  it.each([
    [2, 2, 'same', 8],
    [2, 2, 'same', 7],
    [3, 2, 'valid', 9],
    [3, 1, 'same', 5],
  ] as const)('pools of %d by %d, %s, of a map of %d, are those of the cpu', async (size, stride, padding, width) => {
    const average = (x: tf.Tensor) => tf.avgPool(x as tf.Tensor4D, size, stride, padding);
    const largest = (x: tf.Tensor) => tf.maxPool(x as tf.Tensor4D, size, stride, padding);
    for (const pool of [average, largest]) {
      await expectSameAsCpu([[2, width, width, 3]], (x) => pool(x!));
      await expectSameAsCpu(
        [[2, width, width, 3]],
        gradientsOf((x) => pool(x!)),
      );
    }
  });

  it.each([
    [5, 7, 3],
    [64, 64, 64],
    [1, 4096, 64],
    [300, 17, 4],
  ])('matrix products of %d x %d x %d are those of the cpu, transposed or not', async (rows, inner, columns) => {
    for (const [transposeA, transposeB] of [
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ] as const) {
      const a = transposeA ? [inner, rows] : [rows, inner];
      const b = transposeB ? [columns, inner] : [inner, columns];
      await expectSameAsCpu([a, b], (a, b) => tf.matMul(a!, b!, transposeA, transposeB));
    }
  });

  it('a dense layer and its gradients are those of the cpu', async () => {
    const dense = (a: tf.Tensor, b: tf.Tensor, bias: tf.Tensor) =>
      tf.fused.matMul({ a, b: b as tf.Tensor2D, bias, activation: 'relu' });
    await expectSameAsCpu(
      [[4, 5], [5, 6], [6]],
      gradientsOf((a, b, bias) => dense(a!, b!, bias!)),
    );
  });

  it('reductions are those of the cpu', async () => {
    for (const axes of [[0], [1], [2], [0, 1], [0, 2], [0, 1, 2]]) {
      await expectSameAsCpu([[4, 33, 5]], (x) => [
        tf.sum(x!, axes),
        tf.mean(x!, axes, true),
        tf.max(x!, axes),
        tf.sqrt(tf.sum(tf.square(x!), axes)),
      ]);
    }
    await expectSameAsCpu([[1000, 1000]], (x) => tf.sum(x!));
    await expectSameAsCpu([{ values: [1, 2, 3], dtype: 'int32' }], (x) => tf.sum(x!));
  });

  it.each(Object.entries(FUNCTIONS))('%s and its gradient are those of the cpu', async (_, compute) => {
    await expectSameAsCpu([[5, 7]], (x) => compute(x!));
    await expectSameAsCpu(
      [[5, 7]],
      gradientsOf((x) => compute(x!)),
    );
  });

  it('arithmetic with broadcasting and its gradients are those of the cpu', async () => {
    for (const combine of [tf.add, tf.sub, tf.mul, tf.div]) {
      await expectSameAsCpu(
        [[2, 3, 4, 5], [5]],
        gradientsOf((a, b) => combine(a!, b!)),
      );
    }
  });

  it('what lets a diverging run show is not lost: comparisons with NaN, and the loss', async () => {
    const values = [Number.NaN, 1, Number.POSITIVE_INFINITY, 0];
    await expectSameAsCpu([{ values }, { values: [1, Number.NaN, 1, 0] }], (a, b) => [
      tf.cast(tf.greater(a!, b!), 'float32'),
      tf.cast(tf.isFinite(a!), 'float32'),
    ]);
    const loss = tf.tidy(() => tf.mean(tf.logSoftmax(tf.tensor2d([values])), 1));
    expect((await loss.data())[0]).toBeNaN();
    loss.dispose();
  });

  it('class numbers, masks and pieces are those of the cpu', async () => {
    await expectSameAsCpu([{ values: [2, 0, 9], dtype: 'int32' }], (x) => tf.oneHot(x!, 10));
    await expectSameAsCpu([{ values: [true, false], dtype: 'bool' }, [2], [2]], (mask, a, b) =>
      tf.where(mask!, a!, b!),
    );
    await expectSameAsCpu([[7, 4, 3]], (x) => [
      ...tf.split(x!, [1, 4, 2]),
      ...tf.unstack(x!),
      tf.slice(x!, [1, 1, 0], [3, 2, 3]),
      tf.reverse(x!, [0, 2]),
      tf.transpose(x!, [2, 0, 1]),
      tf.pad(x!, [
        [1, 0],
        [0, 2],
        [1, 1],
      ]),
    ]);
  });

  it('sums and joins more tensors than a shader may bind', async () => {
    const many = Array.from({ length: 40 }, () => [3, 4]);
    await expectSameAsCpu(many, (...tensors) => [tf.addN(tensors), tf.stack(tensors), tf.concat(tensors, 1)]);
  });

  it('runs on one device, however often it is asked for', async () => {
    const { device } = tf.backend() as WebGPUBackend;
    const { reason } = await useBackend('webgpu');
    expect(reason).toMatch(/^WebGPU on ./);
    expect((tf.backend() as WebGPUBackend).device).toBe(device);
    expect(device.limits.maxBufferSize).toBeGreaterThan(2 ** 28);
  });

  it('says so when the device refuses a command, once, instead of reading whatever its buffer holds', async () => {
    const sum = tf.tidy(() => tf.add(onDevice(tf.tensor1d([1])), 1));
    (tf.backend() as WebGPUBackend).device.createShaderModule({ code: 'no shader' });
    await expect(sum.data()).rejects.toThrow(
      /^webgpu: the graphics card refused a command, and what came of it is wrong\. ./,
    );
    expect([...(await sum.data())]).toEqual([2]);
    sum.dispose();
  });

  it('says so when the memory of the device is full', async () => {
    const sum = tf.tidy(() => tf.add(onDevice(tf.tensor1d([1])), 1));
    const error = new GPUOutOfMemoryError('No room for 4 bytes.');
    const { device } = tf.backend() as WebGPUBackend;
    device.dispatchEvent(new GPUUncapturedErrorEvent('uncapturederror', { error }));
    await expect(sum.data()).rejects.toThrow(
      'webgpu: the graphics card is out of memory; try smaller batches. No room for 4 bytes.',
    );
    sum.dispose();
  });

  it.skipIf(typeof OffscreenCanvas !== 'undefined')('says how to read a tensor in Node', async () => {
    const sum = tf.tidy(() => tf.add(onDevice(tf.tensor1d([1])), 1));
    expect(() => sum.dataSync()).toThrow(
      'dataSync: the webgpu backend in Node reads asynchronously only. Use `await tensor.data()`, also before another backend takes over the tensor.',
    );
    await sum.data();
    expect([...sum.dataSync()]).toEqual([2]);
    sum.dispose();
  });

  it('says so when the device goes away, and starts on a new one', async () => {
    const sum = tf.tidy(() => tf.add(onDevice(tf.tensor1d([1])), 1));
    const { device } = tf.backend() as WebGPUBackend;
    device.destroy();
    await device.lost;
    await expect(sum.data()).rejects.toThrow(/^webgpu: the graphics card went away\. ./);
    sum.dispose();
    await useBackend('webgpu');
    expect((tf.backend() as WebGPUBackend).device).not.toBe(device);
    const product = tf.matMul([[2]], [[3]]);
    expect((await product.data())[0]).toBe(6);
    product.dispose();
  });
});

/** `x`, held by the device: what is small and new is otherwise computed on the cpu. */
function onDevice<T extends tf.Tensor>(x: T): T {
  (tf.backend() as WebGPUBackend).uploadToGPU(x.dataId);
  return x;
}

// Times what jax-js makes of our kernels, jitted, in a process of its own. Answers questions by lines of JSON, as kernel-times.ts does.
import { createInterface } from 'node:readline';
import { KERNEL_CASES, type KernelCase } from '../inputs/kernel-cases.js';
import { JAX_JS_VERSION, type JaxArray, loadJaxJs } from './jax-js.js';
import type { KernelQuestion, KernelReply } from './kernel-times.js';
import { say } from './say.js';

type Call = (...inputs: JaxArray[]) => JaxArray;

const jax = await loadJaxJs();
const { numpy: np, lax } = jax;
say({ version: JAX_JS_VERSION });

const runs = new Map<string, (() => JaxArray) | undefined>();
for await (const line of createInterface({ input: process.stdin })) {
  const question = JSON.parse(line) as KernelQuestion;
  const { name } = question;
  if (!runs.has(name)) runs.set(name, prepare(KERNEL_CASES.find((each) => each.name === name)!));
  const run = runs.get(name);
  const milliseconds: number[] = [];
  const begin = performance.now();
  while (run !== undefined && (milliseconds.length === 0 || performance.now() - begin < question.milliseconds)) {
    const start = performance.now();
    const result = run();
    await jax.blockUntilReady(result);
    milliseconds.push(performance.now() - start);
    result.dispose();
  }
  say({ milliseconds } satisfies KernelReply);
}
process.exit();

/** The kernel with its inputs, compiled. */
function prepare({ kernel, inputs, attributes }: KernelCase): (() => JaxArray) | undefined {
  const call = callOf(kernel, attributes);
  if (call === undefined) return undefined;
  const shapes = Object.entries(inputs).map(([name, shape]) => channelsFirst(name, shape as readonly number[], kernel));
  const arrays = shapes.map(uniform);
  const jitted = jax.jit(call);
  const run = () => jitted(...arrays.map((each) => each.ref));
  run().dispose();
  return run;
}

/** Of the kernels in `KERNEL_CASES` those that jax-js has as one operation, and convolutions' gradients. */
function callOf(kernel: string, attributes: KernelCase['attributes']): Call | undefined {
  const conv: Call = (x, filter) => {
    const stride = attributes['strides'] as number;
    return lax.convGeneralDilated(x, filter, [stride, stride], 'SAME');
  };
  // Linear in either: only the gradient is computed.
  const pulledBack = (dy: JaxArray, f: (x: JaxArray) => JaxArray, shape: readonly number[]) =>
    jax.grad((x) => f(x).mul(dy).sum())(zeros(shape));
  switch (kernel) {
    case 'Conv2D':
      return conv;
    case 'Conv2DBackpropInput':
      return (dy, filter) => pulledBack(dy, (x) => conv(x, filter), imagesFirst(attributes['inputShape']));
    case 'Conv2DBackpropFilter':
      return (x, dy) => pulledBack(dy, (filter) => conv(x, filter), filtersFirst(attributes['filterShape']));
    case 'BatchMatMul':
      return (a, b) =>
        np.matmul(
          attributes['transposeA'] === true ? a.transpose([1, 0]) : a,
          attributes['transposeB'] === true ? b.transpose([1, 0]) : b,
        );
    case 'Tanh':
      return (x) => np.tanh(x);
    case 'Erf':
      return (x) => lax.erf(x);
    case 'Maximum':
      return (a, b) => np.maximum(a, b);
    case 'Multiply':
      return (a, b) => a.mul(b);
    case 'Add':
      return (a, b) => a.add(b);
    case 'Sum':
      return (x) => x.sum(attributes['axis'] as number[]);
    default:
      return undefined;
  }
}

/** The shape that an input of a convolution has here. */
function channelsFirst(name: string, shape: readonly number[], kernel: string): readonly number[] {
  if (!kernel.startsWith('Conv2D')) return shape;
  return name === 'filter' ? filtersFirst(shape) : imagesFirst(shape);
}

function imagesFirst(shape: unknown): readonly number[] {
  const [batch, height, width, channels] = shape as [number, number, number, number];
  return [batch, channels, height, width];
}

function filtersFirst(shape: unknown): readonly number[] {
  const [height, width, inChannels, outChannels] = shape as [number, number, number, number];
  return [outChannels, inChannels, height, width];
}

function uniform(shape: readonly number[]): JaxArray {
  return np.array(Float32Array.from({ length: size(shape) }, () => 2 * Math.random() - 1)).reshape([...shape]);
}

function zeros(shape: readonly number[]): JaxArray {
  return np.array(new Float32Array(size(shape))).reshape([...shape]);
}

function size(shape: readonly number[]): number {
  return shape.reduce((product, each) => product * each, 1);
}

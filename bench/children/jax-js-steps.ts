// A training step in jax-js, jitted: `jax-js-steps.ts SETUP`. Answers questions by lines of JSON.
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type NamedArray, readTensorFile } from '../inputs/tensor-file.js';
import type { StepsQuestion, StepsReply, TrainingSetup } from '../inputs/training-setup.js';
import { NETS } from '../nets/nets.js';
import { JAX_JS_VERSION, type JaxArray, loadJaxJs } from './jax-js.js';
import { type JaxWeights, jaxNet } from './jax-js-nets.js';
import { say } from './say.js';

const { net, folder, clipFactor, optimizer } = JSON.parse(process.argv[2]!) as TrainingSetup;
const jax = await loadJaxJs();
const { numpy: np, nn } = jax;
const found = jaxNet(jax, net);
if (found === undefined) {
  say({ missing: `${net} is not written in jax-js` });
  process.exit();
}
const logitsOf = found;
const { head } = NETS[net];

const [stored] = readTensorFile(join(folder, 'images'));
const batch = stored!.shape[0]!;
const images = channelsFirst(stored!, [0, 3, 1, 2]);
const numbers = np.array(
  Array.from({ length: batch }, (_, i) => i % 10),
  { dtype: np.int32 },
);
const targets = nn.oneHot(numbers, 10);

type State = Readonly<Record<string, JaxWeights>>;
let weights: JaxWeights = Object.fromEntries(
  [...readTensorFile(join(folder, 'weights'))].map((each) => [each.name, channelsFirst(each, [3, 2, 0, 1])]),
);
const zeros = () => map(weights, (each) => np.array(new Float32Array(size(each.shape))).reshape(each.shape));
const SHARES = ['mean', 'meanSquare'];
let state: State =
  optimizer === 'adam'
    ? { mean: zeros(), meanSquare: zeros(), share: Object.fromEntries(SHARES.map((name) => [name, scalar(0)])) }
    : { velocity: zeros() };

const lossOf = (weights: JaxWeights, images: JaxArray, targets: JaxArray) =>
  nn
    .logSoftmax(logitsOf(weights, images))
    .mul(targets)
    .sum()
    .mul(-1 / batch);

const stepOf = (clips: boolean) =>
  jax.jit((weights: JaxWeights, state: State, rate: JaxArray, images: JaxArray, targets: JaxArray) => {
    const [loss, gradients] = jax.valueAndGrad(lossOf)(jax.tree.ref(weights), images, targets);
    const used = clips ? map(gradients, (each, name) => clipped(name, each, weights[name]!.ref)) : gradients;
    return [loss, ...(optimizer === 'adam' ? adam : nesterov)(weights, state, used, rate)] as [
      JaxArray,
      JaxWeights,
      State,
    ];
  });
const steps = { clipped: stepOf(true), unclipped: stepOf(false) };
say({ version: JAX_JS_VERSION });

for await (const line of createInterface({ input: process.stdin })) {
  const { steps: count, clip, learningRate } = JSON.parse(line) as StepsQuestion;
  const losses: number[] = [];
  const milliseconds: number[] = [];
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    const step = clip ? steps.clipped : steps.unclipped;
    const [loss, nextWeights, nextState] = step(weights, state, scalar(learningRate), images.ref, targets.ref);
    [weights, state] = [nextWeights, nextState];
    losses.push((await loss.data())[0]!);
    await jax.blockUntilReady([weights, state]);
    milliseconds.push(performance.now() - start);
  }
  say({ losses, milliseconds } satisfies StepsReply);
}
process.exit();

/** Adaptive clipping, unit by unit, as ours. */
function clipped(name: string, gradient: JaxArray, weight: JaxArray): JaxArray {
  if (name.startsWith(`${head}/`)) {
    weight.dispose();
    return gradient;
  }
  const { shape } = gradient;
  // Kernels of convolutions have their outputs first, other matrices last; a vector is one unit.
  const axes = shape.length === 4 ? [1, 2, 3] : shape.length === 2 ? [0] : shape.map((_, axis) => axis);
  const norm = (x: JaxArray) => np.sqrt(axes.length === 0 ? np.square(x) : np.square(x).sum(axes, { keepdims: true }));
  const most = np.maximum(norm(weight), 1e-3).mul(clipFactor);
  const now = norm(gradient.ref);
  const factor = np.where(now.ref.greater(most.ref), most.div(np.maximum(now, 1e-6)), 1);
  return gradient.mul(factor);
}

function nesterov(weights: JaxWeights, { velocity }: State, gradients: JaxWeights, rate: JaxArray) {
  const next = map(gradients, (each, name) => velocity![name]!.mul(0.9).add(each.ref));
  const moved = map(weights, (each, name) => {
    const direction = gradients[name]!.add(next[name]!.ref.mul(0.9));
    return each.sub(direction.mul(rate.ref));
  });
  rate.dispose();
  return [moved, { velocity: next }] as const;
}

function adam(weights: JaxWeights, { mean, meanSquare, share }: State, gradients: JaxWeights, rate: JaxArray) {
  const [beta1, beta2] = [0.9, 0.999];
  const means = map(gradients, (each, name) => mean![name]!.mul(beta1).add(each.ref.mul(1 - beta1)));
  const squares = map(gradients, (each, name) => meanSquare![name]!.mul(beta2).add(np.square(each).mul(1 - beta2)));
  // 1 - beta ** steps, as means of ones.
  const meanShare = share!['mean']!.mul(beta1).add(1 - beta1);
  const squareShare = share!['meanSquare']!.mul(beta2).add(1 - beta2);
  const moved = map(weights, (each, name) => {
    const root = np.sqrt(squares[name]!.ref.div(squareShare.ref)).add(1e-8);
    return each.sub(means[name]!.ref.div(meanShare.ref).div(root).mul(rate.ref));
  });
  rate.dispose();
  return [moved, { mean: means, meanSquare: squares, share: { mean: meanShare, meanSquare: squareShare } }] as const;
}

function map(weights: JaxWeights, f: (each: JaxArray, name: string) => JaxArray): JaxWeights {
  return Object.fromEntries(Object.entries(weights).map(([name, each]) => [name, f(each, name)]));
}

/** An array of jax-js with the axes of `stored` in another order, if it has four. */
function channelsFirst({ shape, values }: NamedArray, order: readonly [number, number, number, number]): JaxArray {
  const array = np.array(values).reshape([...shape]);
  return shape.length === 4 ? array.transpose([...order]) : array;
}

function scalar(value: number): JaxArray {
  return np.array(Float32Array.of(value)).reshape([]);
}

function size(shape: readonly number[]): number {
  return shape.reduce((product, each) => product * each, 1);
}

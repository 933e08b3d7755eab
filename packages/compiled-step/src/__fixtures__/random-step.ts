import * as tf from '@tensorflow/tfjs';
import { mulberry32 } from '@nfnets/testing';

/** A step function of random ops, with what it is called with. */
export interface RandomStep {
  readonly step: (x: tf.Tensor) => tf.Tensor[];
  readonly input: tf.Tensor;
  readonly variables: readonly tf.Variable[];
  /** What it does, a line an op. */
  readonly text: string;
}

/** Images, height, width and channels of the tensors that most ops work on: at least 8192 numbers, as fewer are not fused. */
const SPACES: readonly (readonly [number, number, number, number])[] = [
  [4, 8, 8, 32],
  [1, 96, 96, 1],
  [3, 31, 33, 3],
  [2, 4, 4, 260],
  [9000, 1, 1, 1],
  [2, 1, 1, 4100],
];

/** Ops of one tensor that stay near 1 and have gradients. */
const UNARY: Record<string, (x: tf.Tensor) => tf.Tensor> = {
  neg: tf.neg,
  abs: tf.abs,
  square: tf.square,
  sqrt: (x) => tf.sqrt(tf.add(tf.square(x), 0.5)),
  rsqrt: (x) => tf.rsqrt(tf.add(tf.square(x), 0.5)),
  exp: (x) => tf.exp(tf.minimum(x, 1)),
  sigmoid: tf.sigmoid,
  tanh: tf.tanh,
  relu: tf.relu,
  sign: tf.sign,
  half: (x) => tf.mul(x, 0.5),
  shift: (x) => tf.add(x, 0.25),
  twice: (x) => tf.addN([x, x]),
  gelu: (x) => tf.mul(x, tf.sigmoid(tf.mul(x, 1.7))),
};

const BINARY: Record<string, (x: tf.Tensor, y: tf.Tensor) => tf.Tensor> = {
  add: tf.add,
  sub: tf.sub,
  mul: (x, y) => tf.mul(x, tf.mul(y, 0.7)),
  div: (x, y) => tf.div(x, tf.add(tf.abs(y), 1)),
  maximum: tf.maximum,
  minimum: tf.minimum,
  addN: (x, y) => tf.addN([x, y, x]),
};

/** Those that have gradients where one tensor is spread over the other. */
const SPREADING = new Set(['add', 'sub', 'mul', 'div']);

type Line = (values: tf.Tensor[]) => tf.Tensor;

/**
 * The step of `seed`: between 4 and 20 ops on earlier results, some of them means that are spread again.
 *
 * @param noise how far, at most and relatively, what it computes from is changed
 */
export function randomStep(seed: number, { convolves = false, noise = 0 } = {}): RandomStep {
  const random = mulberry32(seed);
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!;
  const space = convolves ? ([4, 16, 16, 32] as const) : pick(SPACES);
  const [images, height, width, channels] = space;
  const normal = (shape: readonly number[]) => {
    const seedOf = Math.floor(random() * 2 ** 30);
    return tf.tidy(() => {
      const values = tf.randomUniform([...shape], -1, 1, 'float32', seedOf);
      return tf.mul(values, tf.randomUniform([...shape], 1 - noise, 1 + noise, 'float32', seedOf + 1));
    });
  };
  const lines: [string, Line][] = [];
  const small: (readonly number[])[] = [[], [channels], [1, 1, 1, channels], [images, 1, 1, 1], [images, 1, 1, channels]];
  // By its number from the end: x, then what spreads over it, then results.
  const variableShapes = [space, ...[pick(small), pick(small), [channels]], ...(convolves ? [[3, 3, channels, channels]] : [])];
  const variables = variableShapes.map((shape) => tf.tidy(() => tf.variable(normal(shape))));
  const wide = [0, 1];
  const narrow = [2, 3, 4];
  const kernel = convolves ? 5 : undefined;
  let count = 1 + variables.length;
  const add = (text: string, line: Line, isWide = true) => {
    lines.push([`v${count} = ${text}`, line]);
    (isWide ? wide : narrow).push(count++);
  };
  const recent = () => (random() < 0.6 ? wide.at(-1)! : pick(wide));
  const length = 4 + Math.floor(random() * 17);
  for (let i = 0; i < length; i++) {
    const a = recent();
    const kind = random();
    if (convolves && kind < 0.2) {
      add(`conv2d(v${a}, v${kernel}) / 12`, (v) => tf.div(tf.conv2d(v[a] as tf.Tensor4D, v[kernel!] as tf.Tensor4D, 1, 'same'), 12));
    } else if (kind < 0.45) {
      const name = pick(Object.keys(UNARY));
      add(`${name}(v${a})`, (v) => UNARY[name]!(v[a]!));
    } else if (kind < 0.8) {
      const name = pick(Object.keys(BINARY));
      // tfjs has no gradients of the others where one tensor is spread over the other.
      const b = SPREADING.has(name) && random() < 0.5 ? pick(narrow) : pick(wide);
      const turned = random() < 0.3;
      add(`${name}(v${a}, v${b})${turned ? ' turned' : ''}`, (v) =>
        turned ? BINARY[name]!(v[b]!, v[a]!) : BINARY[name]!(v[a]!, v[b]!),
      );
    } else if (kind < 0.92) {
      const axes = pick([[0, 1, 2], [1, 2], [0, 1, 2, 3], [3], [0]]);
      const keeps = random() < 0.5 || axes.length < 3;
      add(`tanh(mean(v${a}, [${axes}], ${keeps}))`, (v) => tf.tanh(tf.mean(v[a]!, axes, keeps)), false);
    } else if (kind < 0.94) {
      const b = pick(wide);
      add(
        `tanh(v${a} . v${b})`,
        (v) => {
          const product = tf.matMul(tf.reshape(v[a]!, [1, -1]), tf.reshape(v[b]!, [-1, 1]));
          return tf.tanh(tf.div(tf.reshape(product, []), v[a]!.size));
        },
        false,
      );
    } else if (kind < 0.97) {
      const rows = images * height * width;
      add(`through [${rows}, ${channels}]: sigmoid(v${a}) + v4`, (v) =>
        tf.reshape(tf.add(tf.sigmoid(tf.reshape(v[a]!, [rows, channels])), v[4]!), [...space]),
      );
    } else {
      add(`broadcast v4 + v${a}`, (v) => tf.add(tf.broadcastTo(v[4]!, [...space]), v[a]!));
    }
  }
  // Of those that are many numbers, what comes last and some others are results.
  const shown = [wide.at(-1)!, pick(wide), pick(narrow)];
  // Not itself: tfjs lets go of its old value first.
  const assigned = random() < 0.5 ? pick(wide.filter((i) => i !== 1)) : undefined;
  const takesGradients = convolves || random() < 0.6;
  const assignsFirst = random() < 0.5;
  const values = (x: tf.Tensor): tf.Tensor[] => {
    const all: tf.Tensor[] = [x, ...variables];
    for (const [, line] of lines) all.push(line(all));
    return all;
  };
  const step = (x: tf.Tensor) => {
    const all = values(x);
    const results = shown.map((i) => tf.add(all[i]!, i === shown[0] ? 0 : 1));
    results.push(tf.mean(tf.abs(all[shown[0]!]!)), all[shown[1]!]!.clone());
    const assign = () => {
      if (assigned !== undefined) variables[0]!.assign(all[assigned] as tf.Tensor);
    };
    if (assignsFirst) assign();
    if (takesGradients) {
      const loss = () =>
        tf.add(
          tf.sum(tf.square(tf.tanh(values(x)[shown[0]!]!))),
          tf.sum(tf.square(variables[0]!)),
        ) as tf.Scalar;
      const { value, grads } = tf.variableGrads(loss, [...variables]);
      results.push(value);
      for (const [i, variable] of variables.entries()) {
        const grad = grads[variable.name];
        if (!grad) continue;
        results.push(grad);
        if (i % 2 === 1) variable.assign(tf.sub(variable, tf.mul(grad, 1e-4)));
      }
    }
    if (!assignsFirst) assign();
    return results;
  };
  const text = [
    `x and v1 [${space}]; ${variableShapes.slice(1).map((shape, i) => `v${i + 2} [${shape}]`)}`,
    ...lines.map(([line]) => line),
    `results ${shown.map((i) => `v${i}`)}${takesGradients ? ', gradients' : ''}; v1 becomes ${assigned === undefined ? 'nothing' : `v${assigned}`}${assignsFirst ? ' first' : ''}`,
  ].join('\n');
  return { step, input: normal(space), variables, text };
}

import * as tf from '@tensorflow/tfjs';

type Values = readonly tf.Tensor[];

/** An op on values that are known by their numbers. */
export interface Line {
  readonly text: string;
  readonly run: (values: Values) => tf.Tensor;
  /** What its gradient may be taken of. */
  readonly of?: number;
}

/** What a random op is drawn from: values by their numbers, of which shape and type are known. */
export interface Pool {
  readonly random: () => number;
  pick<T>(of: readonly T[]): T;
  /** Number of a value that is `wanted`; recent ones more often. */
  find(wanted: (value: tf.Tensor) => boolean): number | undefined;
  at(value: number): tf.Tensor;
  /** Number of a new variable of numbers about 0. */
  variable(shape: readonly number[]): number;
}

type Maker = (pool: Pool) => Line | undefined;
type Op = (x: tf.Tensor) => tf.Tensor;
type Op2 = (x: tf.Tensor, y: tf.Tensor) => tf.Tensor;

const isFloat = ({ dtype }: tf.Tensor) => dtype === 'float32';
const isBool = ({ dtype }: tf.Tensor) => dtype === 'bool';

const SMOOTH: Record<string, Op> = {
  neg: tf.neg,
  abs: tf.abs,
  square: tf.square,
  sqrt: (x) => tf.sqrt(tf.add(tf.abs(x), 0.5)),
  rsqrt: (x) => tf.rsqrt(tf.add(tf.square(x), 0.5)),
  exp: (x) => tf.exp(tf.minimum(x, tf.scalar(1))),
  log: (x) => tf.log(tf.add(tf.abs(x), 0.5)),
  sigmoid: tf.sigmoid,
  tanh: tf.tanh,
  relu: tf.relu,
  relu6: tf.relu6,
  elu: tf.elu,
  selu: tf.selu,
  softplus: tf.softplus,
  leakyRelu: (x) => tf.leakyRelu(x, 0.1),
  clip: (x) => tf.clipByValue(x, -0.5, 0.75),
  half: (x) => tf.mul(x, 0.5),
  shift: (x) => tf.add(x, 0.25),
  gelu: (x) => tf.mul(x, tf.sigmoid(tf.mul(x, 1.7))),
  erf: tf.erf,
  sin: tf.sin,
  // tfjs's own.
  atan: tf.atan,
  softmax: (x) => (x.rank === 0 ? tf.tanh(x) : tf.softmax(x)),
  layerNorm: (x) => {
    if (x.rank === 0) return tf.clone(x);
    const { mean, variance } = tf.moments(x, -1, true);
    return tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-3)));
  },
};

const ROUGH: Record<string, Op> = {
  sign: tf.sign,
  floor: tf.floor,
  ceil: tf.ceil,
  round: tf.round,
  step: (x) => tf.step(x, 0.2),
  log: tf.log,
  sqrt: tf.sqrt,
  reciprocal: tf.reciprocal,
  expm1: tf.expm1,
  isNaN: tf.isNaN,
};

const SPREADING: Record<string, Op2> = {
  add: tf.add,
  sub: tf.sub,
  mul: tf.mul,
  div: (x, y) => tf.div(x, tf.add(tf.abs(y), 1)),
};

const ROUGH_OF_TWO: Record<string, Op2> = {
  maximum: tf.maximum,
  minimum: tf.minimum,
  div: tf.div,
  squaredDifference: tf.squaredDifference,
  pow: (x, y) => tf.pow(tf.abs(x), tf.clipByValue(y, -2, 2)),
  divNoNan: tf.divNoNan,
  greater: tf.greater,
  lessEqual: tf.lessEqual,
  equal: tf.equal,
  notEqual: tf.notEqual,
};

const OF_INTEGERS: Record<string, Op2> = {
  add: tf.add,
  sub: tf.sub,
  mul: tf.mul,
  maximum: tf.maximum,
  minimum: tf.minimum,
  less: tf.less,
  equal: tf.equal,
};

const OF_BOOLS: Record<string, Op2> = {
  and: tf.logicalAnd,
  or: tf.logicalOr,
  xor: tf.logicalXor,
  notAnd: (x, y) => tf.logicalAnd(tf.logicalNot(x), y),
};

const one =
  (ops: Record<string, Op>, isWanted: (value: tf.Tensor) => boolean): Maker =>
  (pool) => {
    const a = pool.find(isWanted);
    if (a === undefined) return undefined;
    const name = pool.pick(Object.keys(ops));
    return { text: `${name}(v${a})`, run: (v) => ops[name]!(v[a]!), of: a };
  };

/** Whether one of two shapes is spread over the other, or both over a third. */
function fit(a: readonly number[], b: readonly number[]): boolean {
  const [long, short] = a.length < b.length ? [b, a] : [a, b];
  const tail = long.slice(long.length - short.length);
  return tail.every((size, i) => size === short[i] || size === 1 || short[i] === 1);
}

const two =
  (ops: Record<string, Op2>, isWanted: (value: tf.Tensor) => boolean): Maker =>
  (pool) => {
    const a = pool.find(isWanted);
    if (a === undefined) return undefined;
    const b = pool.find((value) => isWanted(value) && fit(value.shape, pool.at(a).shape))!;
    const name = pool.pick(Object.keys(ops));
    return { text: `${name}(v${a}, v${b})`, run: (v) => ops[name]!(v[a]!, v[b]!), of: a };
  };

const addN: Maker = (pool) => {
  const a = pool.find(isFloat)!;
  const b = pool.find((value) => isFloat(value) && String(value.shape) === String(pool.at(a).shape))!;
  return { text: `addN(v${a}, v${b}, v${a})`, run: (v) => tf.addN([v[a]!, v[b]!, v[a]!]), of: a };
};

const someAxes = (pool: Pool, rank: number) => Array.from({ length: rank }, (_, i) => i).filter(() => pool.random() < 0.5);

const REDUCTIONS: Record<string, (x: tf.Tensor, axes: number[], keeps: boolean) => tf.Tensor> = {
  sum: tf.sum,
  mean: tf.mean,
  squares: (x, axes, keeps) => tf.sum(tf.square(x), axes, keeps),
};
const ROUGH_REDUCTIONS: typeof REDUCTIONS = { max: tf.max, min: tf.min, prod: tf.prod };

const reduction =
  (reductions: typeof REDUCTIONS): Maker =>
  (pool) => {
    const a = pool.find(isFloat)!;
    const axes = someAxes(pool, pool.at(a).rank);
    const keeps = pool.random() < 0.5;
    const name = pool.pick(Object.keys(reductions));
    return { text: `${name}(v${a}, [${axes}], ${keeps})`, run: (v) => reductions[name]!(v[a]!, axes, keeps), of: a };
  };

const ofBools: Maker = (pool) => {
  const a = pool.find(isBool);
  if (a === undefined) return undefined;
  const axes = someAxes(pool, pool.at(a).rank);
  return { text: `any(v${a}, [${axes}])`, run: (v) => tf.any(v[a]!, axes) };
};

const select: Maker = (pool) => {
  const condition = pool.find(isBool);
  if (condition === undefined) return undefined;
  const { shape } = pool.at(condition);
  const a = pool.find((value) => isFloat(value) && fit(value.shape, shape))!;
  if (a === undefined) return undefined;
  const b = pool.find((value) => isFloat(value) && fit(value.shape, shape) && fit(value.shape, pool.at(a).shape));
  if (b === undefined) return undefined;
  return { text: `where(v${condition}, v${a}, v${b})`, run: (v) => tf.where(v[condition]!, v[a]!, v[b]!) };
};

const cast: Maker = (pool) => {
  const a = pool.find(() => true)!;
  const dtype = pool.pick(['float32', 'int32', 'bool'] as const);
  // Numbers beyond int32 become whatever the machine makes of them.
  const bounded = (x: tf.Tensor) => (isFloat(x) && dtype === 'int32' ? tf.mul(tf.tanh(x), 9) : x);
  return { text: `cast(v${a}, ${dtype})`, run: (v) => tf.cast(bounded(v[a]!), dtype) };
};

const whole = (pool: Pool, below: number) => Math.floor(pool.random() * below);

/** What copies numbers about. */
const copying: Maker = (pool) => {
  const a = pool.find(() => true)!;
  const { shape, rank, size, dtype } = pool.at(a);
  const axis = whole(pool, rank);
  const line = (text: string, run: Op): Line => ({ text: `${text} of v${a}`, run: (v) => run(v[a]!), of: a });
  const kind = whole(pool, 13);
  if (kind === 0) return line('clone', (x) => tf.clone(x));
  if (kind === 1) return line('reshape', (x) => tf.reshape(x, [size]));
  if (rank === 0) return line('expandDims', (x) => tf.expandDims(x, 0));
  switch (kind) {
    case 2: {
      const order = shape.map((_, i) => i).sort(() => pool.random() - 0.5);
      return line(`transpose [${order}]`, (x) => tf.transpose(x, order));
    }
    case 3: {
      const begin = shape.map((length) => whole(pool, length));
      const lengths = shape.map((length, i) => 1 + whole(pool, length - begin[i]!));
      return line(`slice [${begin}] [${lengths}]`, (x) => tf.slice(x, begin, lengths));
    }
    case 4:
      return line(`stridedSlice along ${axis}`, (x) =>
        tf.stridedSlice(x, shape.map(() => 0), [...shape], shape.map((_, i) => (i === axis ? 2 : 1))),
      );
    case 5: {
      const b = pool.find(
        (value) => value.dtype === dtype && value.rank === rank && shape.every((n, i) => i === axis || n === value.shape[i]),
      )!;
      return { ...line(`concat along ${axis} with v${b}`, (x) => x), run: (v) => tf.concat([v[a]!, v[b]!, v[a]!], axis) };
    }
    case 6: {
      const widths = shape.map(() => [whole(pool, 3), whole(pool, 2)] as [number, number]);
      return line(`pad [${widths}]`, (x) => tf.pad(x, widths, dtype === 'bool' ? 0 : 1));
    }
    case 7:
      return line('tile', (x) => tf.tile(x, shape.map((_, i) => (i === axis ? 2 : 1))));
    case 8:
      return line(`reverse ${axis}`, (x) => tf.reverse(x, axis));
    case 9:
      return line(`stack ${axis}`, (x) => tf.stack([x, x], axis));
    case 10:
      return line(`unstack ${axis}`, (x) => tf.unstack(x, axis).at(-1)!);
    case 11:
      return line('broadcast', (x) => tf.broadcastTo(x, [2, ...shape]));
    default:
      if (shape[axis] === 1) return line('squeeze', (x) => tf.squeeze(x, [axis]));
      return line(`split ${axis}`, (x) => tf.split(x, [1, shape[axis]! - 1], axis)[0]!);
  }
};

/** What takes or makes indices, and tfjs's own kernels that order numbers. */
const indexing: Maker = (pool) => {
  const a = pool.find((value) => isFloat(value) && value.rank > 0)!;
  const { rank, shape } = pool.at(a);
  const axis = whole(pool, rank);
  const count = shape[axis]!;
  const line = (text: string, run: Op): Line => ({ text: `${text} of v${a}`, run: (v) => run(v[a]!) });
  switch (whole(pool, 6)) {
    case 0:
      return line(`argMax ${axis}`, (x) => tf.argMax(x, axis));
    case 1:
      return line(`oneHot ${count} of argMin`, (x) => tf.oneHot(tf.cast(tf.argMin(x, axis), 'int32'), count));
    case 2: {
      const indices = (x: tf.Tensor) => tf.reshape(tf.argMax(x, axis), [-1]) as tf.Tensor1D;
      return { ...line(`gather ${axis}`, (x) => tf.gather(x, indices(x), axis)) };
    }
    case 3:
      return line('topk', (x) => tf.topk(x, Math.max(1, Math.floor(shape[rank - 1]! / 2))).values);
    case 4:
      return line('indices of topk', (x) => tf.topk(x, 1).indices);
    default:
      return { ...line(`cumsum ${axis}`, (x) => tf.cumsum(x, axis)), of: a };
  }
};

const product: Maker = (pool) => {
  const a = pool.find((value) => isFloat(value) && value.rank > 0)!;
  const inner = pool.at(a).shape.at(-1)!;
  const b = pool.find((value) => isFloat(value) && value.rank === 2 && value.shape[0] === inner) ?? pool.variable([inner, 5]);
  const flat = (x: tf.Tensor) => tf.reshape(x, [-1, inner]) as tf.Tensor2D;
  const turned = pool.random() < 0.3;
  const run = (x: tf.Tensor, y: tf.Tensor) =>
    turned ? tf.matMul(y as tf.Tensor2D, flat(x), true, true) : tf.matMul(flat(x), y as tf.Tensor2D);
  return { text: `matMul(v${a}, v${b})${turned ? ' turned' : ''}`, run: (v) => run(v[a]!, v[b]!), of: pool.pick([a, b]) };
};

const isImage = (value: tf.Tensor) => isFloat(value) && value.rank === 4;

/** A convolution of each group of channels with kernels of its own. */
function convolveGroups(x: tf.Tensor4D, kernel: tf.Tensor4D, groups: number, stride: number, padding: 'same' | 'valid') {
  // tfjs has no gradient of a split in one part.
  if (groups === 1) return tf.conv2d(x, kernel, stride, padding);
  const kernels = tf.split<tf.Tensor4D>(kernel, groups, 3);
  const convolved = tf.split<tf.Tensor4D>(x, groups, 3).map((part, i) => tf.conv2d(part, kernels[i]!, stride, padding));
  return tf.concat(convolved, 3);
}

const convolution: Maker = (pool) => {
  const a = pool.find(isImage);
  if (a === undefined) return undefined;
  const channels = pool.at(a).shape[3]!;
  const [, height, width] = pool.at(a).shape as [number, number, number, number];
  const size = pool.pick([1, 2, 3].filter((each) => each <= Math.min(height, width)));
  const stride = pool.pick([1, 1, 2]);
  const padding = pool.pick(['same', 'same', 'valid'] as const);
  const isDepthwise = pool.random() < 0.3;
  const groups = isDepthwise ? 1 : pool.pick([1, 1, 2, 4].filter((each) => channels % each === 0));
  const outputs = groups * pool.pick([1, 2, 3]);
  const k = pool.variable(isDepthwise ? [size, size, channels, pool.pick([1, 2])] : [size, size, channels / groups, outputs]);
  const convolve = (x: tf.Tensor4D, kernel: tf.Tensor4D) =>
    isDepthwise
      ? tf.depthwiseConv2d<tf.Tensor4D>(x, kernel, stride, padding)
      : convolveGroups(x, kernel, groups, stride, padding);
  return {
    text: `${isDepthwise ? 'depthwiseConv2d' : 'conv2d'}(v${a}, v${k}), ${groups} groups, stride ${stride}, ${padding}`,
    run: (v) => convolve(v[a] as tf.Tensor4D, v[k] as tf.Tensor4D),
    of: pool.pick([a, k]),
  };
};

const pooling: Maker = (pool) => {
  const a = pool.find(isImage);
  if (a === undefined) return undefined;
  const [, height, width] = pool.at(a).shape as [number, number, number, number];
  const [size, stride] = [pool.pick([1, 2, 3].filter((each) => each <= Math.min(height, width))), pool.pick([1, 2])];
  const padding = pool.pick(['same', 'valid'] as const);
  const isMax = pool.random() < 0.5;
  return {
    text: `${isMax ? 'maxPool' : 'avgPool'}(v${a}), ${size}, stride ${stride}, ${padding}`,
    run: (v) => (isMax ? tf.maxPool<tf.Tensor4D> : tf.avgPool<tf.Tensor4D>)(v[a] as tf.Tensor4D, size, stride, padding),
    of: a,
  };
};

const MAKERS: readonly (readonly [share: number, maker: Maker, hasGradient?: true])[] = [
  [4, one(SMOOTH, isFloat), true],
  [1, one(ROUGH, isFloat)],
  [4, two(SPREADING, isFloat), true],
  [1, two(ROUGH_OF_TWO, isFloat)],
  [1, two(OF_INTEGERS, ({ dtype }) => dtype === 'int32')],
  [1, two(OF_BOOLS, isBool)],
  [1, addN, true],
  [2, reduction(REDUCTIONS), true],
  [1, reduction(ROUGH_REDUCTIONS)],
  [0.5, ofBools],
  [1, select],
  [1, cast],
  [3, copying],
  [1.5, indexing],
  [1, product, true],
  [2, convolution, true],
  [1, pooling, true],
];

function draw(pool: Pool, makers: typeof MAKERS): Line | undefined {
  let left = pool.random() * makers.reduce((sum, [share]) => sum + share, 0);
  return makers.find(([share]) => (left -= share) < 0)?.[1](pool);
}

/** A random op, or the gradient of one; undefined where there is nothing that the drawn one can be done with. */
export function randomOp(pool: Pool): Line | undefined {
  if (pool.random() > 0.2) return draw(pool, MAKERS);
  const inner = draw(pool, MAKERS.filter(([, , hasGradient]) => hasGradient));
  if (inner?.of === undefined) return undefined;
  const { text, run, of } = inner;
  return {
    text: `gradient for v${of} of ${text}`,
    run: (v) => tf.grad((x) => tf.sum(tf.square(tf.tanh(run(v.map((value, i) => (i === of ? x : value)))))))(v[of]!),
  };
}

import { mulberry32 } from '@nfnets/testing';
import * as tf from '@tensorflow/tfjs';
import type { StepContext } from '../../step-function.js';
import { type Line, type Pool, randomOp } from './random-ops.js';

/** A step of random ops, with what it is called with. */
export interface RandomOpStep {
  readonly step: (batch: { x: tf.Tensor; n: tf.Tensor }, scalars: Readonly<Record<string, tf.Scalar>>, context: StepContext) => tf.Tensor[];
  readonly batch: { readonly x: tf.Tensor; readonly n: tf.Tensor };
  readonly variables: readonly tf.Variable[];
  /** What it does, a line an op. */
  readonly text: string;
}

/** Shapes that values begin with: small ones, and one that threads share. */
const SHAPES: readonly (readonly number[])[] = [
  [2, 5, 6, 4],
  [1, 7, 7, 8],
  [4, 16, 16, 12],
  [3, 4],
  [33],
  [5, 1, 3],
];

const MAX_SIZE = 40_000;

/** A value is given, or a variable, or made by a line, which also may assign variables. */
type Slot = { readonly variable: tf.Variable } | Line;

/** The step of `seed`: between 6 and 25 ops on earlier values, with variables that are assigned between them. */
export function randomOpStep(seed: number): RandomOpStep {
  const random = mulberry32(seed);
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!;
  const normal = (shape: readonly number[]) => tf.randomUniform([...shape], -1.5, 1.5, 'float32', Math.floor(random() * 2 ** 30));
  const shape = pick(SHAPES);
  const batch = { x: normal(shape), n: tf.tidy(() => tf.cast(tf.mul(normal(pick([[4], [3, 1], [2, 2]])), 4), 'int32')) };
  const rate = tf.scalar(0.5);
  const host = tf.tensor(Float32Array.of(1, 2, 3));
  // x, n, rate and a host tensor come first.
  const given = [batch.x, batch.n, rate, host];
  const slots: (Slot | undefined)[] = given.map(() => undefined);
  const samples: tf.Tensor[] = [...given];
  const lines = [`v0 [${shape}], v1 int32 [${batch.n.shape}], v2 rate, v3 host [3]`];
  const variables: tf.Variable[] = [];
  const addVariable = (shape: readonly number[]): number => {
    const variable = tf.tidy(() => tf.variable(normal(shape)));
    variables.push(variable);
    lines.push(`v${samples.length} = variable [${shape}]`);
    slots.push({ variable });
    return samples.push(variable) - 1;
  };
  const own = [addVariable(shape), addVariable(shape), addVariable(pick([[], [shape.at(-1)!], [1, ...shape.slice(1)]]))];
  const pool: Pool = {
    random,
    pick,
    find(wanted) {
      const found = samples.flatMap((sample, i) => (wanted(sample) ? [i] : []));
      return found.length === 0 ? undefined : random() < 0.5 ? found.at(-1 - Math.floor(random() * Math.min(3, found.length))) : pick(found);
    },
    at: (value) => samples[value]!,
    variable: addVariable,
  };
  const length = 6 + Math.floor(random() * 20);
  while (lines.length < length + 4) {
    const line = random() < 0.2 ? assignment(pool, own) : randomOp(pool);
    if (!line) continue;
    const isAssignment = line.text.includes(':=');
    const sample = isAssignment ? samples[own[0]!]! : tf.tidy(() => line.run(samples));
    if (sample.size > MAX_SIZE || sample.size === 0) {
      sample.dispose();
      continue;
    }
    lines.push(`v${samples.length} = ${line.text}: ${sample.dtype} [${sample.shape}]`);
    slots.push(line);
    samples.push(sample);
  }
  const shown = new Set([samples.length - 1, ...[1, 2, 3].map(() => Math.floor(random() * samples.length))]);
  lines.push(`results ${[...shown].map((i) => `v${i}`)}`);
  tf.dispose(samples.filter((sample, i) => i >= 2 && !(sample instanceof tf.Variable)));
  const step: RandomOpStep['step'] = ({ x, n }, { rate }, { hostTensor }) => {
    const values: tf.Tensor[] = [x, n, rate!, hostTensor([3], ({ rate }) => Float32Array.of(rate!, 2 * rate!, -1))];
    for (const slot of slots.slice(values.length)) {
      values.push('variable' in slot! ? slot.variable : slot!.run(values));
    }
    return [...shown].map((i) => values[i]!);
  };
  return { step, batch, variables, text: lines.join('\n') };
}

/** Variables get other values: computed ones, constants, what is given, or each other's. */
function assignment({ pick, random, find, at }: Pool, own: readonly number[]): Line | undefined {
  const a = pick(own);
  const sameShape = (value: tf.Tensor) => value.dtype === 'float32' && String(value.shape) === String(at(a).shape);
  const b = find(sameShape)!;
  const assign = (v: readonly tf.Tensor[], i: number, value: tf.Tensor) => (v[i] as tf.Variable).assign(value);
  const after = (v: readonly tf.Tensor[]) => v[own[0]!]!;
  const kind = random();
  if (kind < 0.2 && sameShape(at(own[0]!)) && sameShape(at(own[1]!))) {
    return {
      text: `v${own[0]} := v${own[1]} := v${own[0]}`,
      run: (v) => {
        const kept = tf.clone(v[own[0]!]!);
        assign(v, own[0]!, v[own[1]!]!);
        assign(v, own[1]!, kept);
        return after(v);
      },
    };
  }
  if (kind < 0.4 && sameShape(at(own[0]!)) && sameShape(at(own[1]!))) {
    return {
      text: `v${own[0]}, v${own[1]} := tanh(v${b})`,
      run: (v) => {
        const value = tf.tanh(v[b]!);
        assign(v, own[0]!, value);
        assign(v, own[1]!, value);
        return after(v);
      },
    };
  }
  if (kind < 0.5) {
    return {
      text: `v${a} := 0.5`,
      run: (v) => {
        assign(v, a, tf.fill([...v[a]!.shape], 0.5));
        return after(v);
      },
    };
  }
  if (kind < 0.7 && b !== a) {
    return {
      text: `v${a} := v${b}`,
      run: (v) => {
        // tfjs lets go of a variable's old value first.
        if (v[a]!.dataId !== v[b]!.dataId) assign(v, a, v[b]!);
        return after(v);
      },
    };
  }
  return {
    text: `v${a} := v${a} - 0.1 tanh(v${b})`,
    run: (v) => {
      assign(v, a, tf.sub(v[a]!, tf.mul(tf.tanh(v[b]!), 0.1)));
      return after(v);
    },
  };
}

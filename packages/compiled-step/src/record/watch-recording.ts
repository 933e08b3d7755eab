import * as tf from '@tensorflow/tfjs-core';

/** What a step does besides ops while it is recorded. */
export interface RecordingWatch {
  /** A number was drawn. */
  readonly onDraw: (value: number) => void;
  readonly onVariable: (variable: tf.Variable) => void;
  /** An optimizer has made an update. */
  readonly onUpdate: (optimizer: tf.Optimizer) => void;
}

/** What tf's optimizers call after every update. */
interface Counting {
  incrementIterations(): void;
}

/** Tells of draws, new variables and updates until the returned function is called. */
export function watchRecording({ onDraw, onVariable, onUpdate }: RecordingWatch): () => void {
  const engine = tf.engine();
  const make = engine.makeVariable;
  engine.makeVariable = (...args: Parameters<typeof make>) => {
    const variable = make.apply(engine, args);
    onVariable(variable);
    return variable;
  };
  const { random } = Math;
  Math.random = () => {
    const value = random();
    onDraw(value);
    return value;
  };
  const optimizers = tf.Optimizer.prototype as unknown as Counting;
  const { incrementIterations } = optimizers;
  optimizers.incrementIterations = function (this: tf.Optimizer & Counting) {
    onUpdate(this);
    incrementIterations.call(this);
  };
  // Tells code that would join small tensors to save calls, such as the optimizers of @nfnets/optimizers, that here it saves none.
  const env = tf.env();
  env.registerFlag('IS_STEP_RECORDED', () => false);
  env.set('IS_STEP_RECORDED', true);
  return () => {
    env.set('IS_STEP_RECORDED', false);
    engine.makeVariable = make;
    Math.random = random;
    optimizers.incrementIterations = incrementIterations;
  };
}

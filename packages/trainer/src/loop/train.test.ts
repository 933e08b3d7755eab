import { arrayDataset, split } from '@nfnets/data';
import { mnistDigits } from '@nfnets/data/node';
import { sgd } from '@nfnets/optimizers';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, describe, expect, it } from 'vitest';
import { points, smallClassifier, weightValues } from '../__fixtures__/small-classifier.js';
import {
  countSteps,
  ema,
  evaluate,
  type StepEnd,
  softmaxCrossEntropy,
  type TrainEvent,
  type TrainTask,
  train,
  warmupCosine,
} from '../index.js';

const made: { dispose(): void }[] = [];
/** Disposes `thing` after the test. */
function own<T extends { dispose(): void }>(thing: T): T {
  made.push(thing);
  return thing;
}
afterEach(() => {
  for (const thing of made.splice(0).reverse()) thing.dispose();
});

/** A task of 3 epochs of 5 steps, changed by `change`. */
function makeTask(change: Partial<TrainTask> = {}): TrainTask {
  return {
    model: change.model ?? own(smallClassifier({ dropout: true })),
    optimizer: change.optimizer ?? own(sgd({ learningRate: 0.1 })),
    data: points(50),
    epochs: 3,
    batchSize: 10,
    seed: 0,
    ...change,
  };
}

async function collect(task: TrainTask): Promise<TrainEvent[]> {
  const events: TrainEvent[] = [];
  for await (const event of train(task)) events.push(event);
  return events;
}
const stepsOf = (events: TrainEvent[]) => events.filter((event): event is StepEnd => event.type === 'step-end');
const lossesOf = (events: TrainEvent[]) => stepsOf(events).map(({ loss }) => loss);

describe('a run of so many steps', () => {
  it('ends in the midst of an epoch, and tells of its end as of any', async () => {
    const evaluated = { evaluate: { data: points(20) } };
    const whole = await collect(makeTask(evaluated));
    const events = await collect(makeTask({ ...evaluated, steps: 7 }));
    expect(events.map(({ type }) => type).filter((type) => type !== 'step-end')).toEqual([
      'run-start',
      'epoch-end',
      'epoch-end',
      'run-end',
    ]);
    expect(lossesOf(events)).toEqual(lossesOf(whole).slice(0, 7));
    const [, end] = events.filter((event) => event.type === 'epoch-end');
    const [first, second] = lossesOf(events).slice(5);
    expect(end).toMatchObject({ epoch: 1, step: 6, evaluation: { samples: 20 } });
    expect(end!.meanLoss).toBeCloseTo((first! + second!) / 2, 6);
    expect(events.at(-1)).toMatchObject({ type: 'run-end', steps: 7 });
  });

  it('ends with an epoch where that has as many, and never makes more than its epochs have', async () => {
    for (const [steps, made] of [
      [5, 5],
      [10, 10],
      [99, 15],
    ] as const) {
      expect(countSteps({ ...makeTask(), steps })).toBe(made);
      const events = await collect(makeTask({ steps }));
      expect(lossesOf(events)).toHaveLength(made);
      expect(events.filter(({ type }) => type === 'epoch-end')).toHaveLength(made / 5);
    }
    expect(() => train(makeTask({ steps: 0 }))).toThrow('train: `steps` must be an integer >= 1, got 0.');
  });

  it('has diverged where its last update ruins the weights', async () => {
    const schedule = Object.assign((step: number) => (step === 6 ? 1e38 : 0.1), { warmupSteps: 0 });
    const events = await collect(makeTask({ steps: 7, schedule }));
    expect(events.at(-1)).toMatchObject({ type: 'run-diverged', step: 6, lostAt: 6 });
  });
});

describe('events', () => {
  it('come after every step and epoch, and at the end', async () => {
    const events = await collect(makeTask());
    const epoch = [...Array(5).fill('step-end'), 'epoch-end'];
    expect(events.map(({ type }) => type)).toEqual(['run-start', ...epoch, ...epoch, ...epoch, 'run-end']);
    expect(events.shift()).toEqual({ type: 'run-start', isCompiled: false, precision: 'float32' });
    expect(stepsOf(events).map(({ step, epoch }) => [step, epoch])).toEqual(
      Array.from({ length: 15 }, (_, step) => [step, Math.floor(step / 5)]),
    );
    for (const { samples, seconds } of stepsOf(events)) {
      expect(samples).toBe(10);
      expect(seconds).toBeGreaterThan(0);
    }
    const mean = lossesOf(events.slice(0, 5)).reduce((sum, loss) => sum + loss, 0) / 5;
    expect(events[5]).toEqual({ type: 'epoch-end', epoch: 0, step: 4, meanLoss: mean });
    expect(events.at(-1)).toMatchObject({ type: 'run-end', steps: 15, epochs: 3 });
  });

  it('count samples in the mean when the last batch is kept', async () => {
    const task = makeTask({ batchSize: 40, partialBatch: 'keep', epochs: 1 });
    const events = await collect(task);
    const [first, second] = stepsOf(events);
    expect([first!.samples, second!.samples]).toEqual([40, 10]);
    const meanLoss = (40 * first!.loss + 10 * second!.loss) / 50;
    expect(events[3]).toEqual({ type: 'epoch-end', epoch: 0, step: 1, meanLoss });
    expect(countSteps(task)).toBe(2);
    expect(countSteps(makeTask({ batchSize: 40 }))).toBe(3);
  });

  it('carry the evaluation, with weights and averages', async () => {
    const model = own(smallClassifier());
    const data = points(20);
    const average = own(ema(model, { decay: 0.99 }));
    const events = await collect(
      makeTask({ model, ema: average, epochs: 5, evaluate: { data, batchSize: 7, everyEpochs: 2 } }),
    );
    const ends = events.filter((event) => event.type === 'epoch-end');
    // After epochs 1 and 3, and after the last.
    expect(ends.map(({ evaluation }) => evaluation !== undefined)).toEqual([false, true, false, true, true]);
    expect(ends[4]!.evaluation).toEqual(await evaluate(model, data));
    expect(ends[4]!.emaEvaluation).toEqual(await average.withAverage(() => evaluate(model, data)));
    expect(ends[4]!.emaEvaluation).not.toEqual(ends[4]!.evaluation);
  });
});

describe('a step', () => {
  it('is the update of the optimizer by the gradient of the smoothed loss', async () => {
    const model = own(smallClassifier());
    const data = points(6);
    const expected = tf.tidy(() => {
      const before = weightValues(model);
      const images = tf.tensor2d(Array.from({ length: 6 }, (_, i) => [...data.image(i)]));
      const labels = tf.tensor1d([0, 1, 2, 0, 1, 2], 'int32');
      const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
      const loss = () => softmaxCrossEntropy(model.apply(images) as tf.Tensor, labels, { labelSmoothing: 0.1 });
      const { grads, value } = tf.variableGrads(loss, variables);
      const gradient = variables.flatMap(({ name }) => [...grads[name]!.dataSync()]);
      // First Nesterov step: g + 0.9 g.
      return { loss: value.dataSync()[0]!, weights: before.map((weight, i) => weight - 0.5 * 1.9 * gradient[i]!) };
    });
    const optimizer = own(sgd({ learningRate: 0.5 }));
    const [step] = stepsOf(
      await collect(makeTask({ model, optimizer, data, batchSize: 6, epochs: 1, labelSmoothing: 0.1 })),
    );
    expect(step!.loss).toBeCloseTo(expected.loss, 5);
    for (const [i, weight] of weightValues(model).entries()) expect(weight).toBeCloseTo(expected.weights[i]!, 5);
  });

  it('is made at the rate of the schedule', async () => {
    const schedule = warmupCosine({ maxLearningRate: 0.2, warmupSteps: 2.5, totalSteps: 15 });
    const events = stepsOf(await collect(makeTask({ schedule })));
    expect(events.map(({ learningRate }) => learningRate)).toEqual(Array.from({ length: 15 }, (_, t) => schedule(t)));
  });

  it('goes through an optimizer that wraps another', async () => {
    /** Takes the sign of every gradient before `inner` applies it. */
    class SignedGradients extends tf.Optimizer {
      static readonly className = 'SignedGradients';
      constructor(private readonly inner: ReturnType<typeof sgd>) {
        super();
      }
      override applyGradients(gradients: Parameters<tf.Optimizer['applyGradients']>[0]): void {
        const list = gradients as { name: string; tensor: tf.Tensor }[];
        tf.tidy(() => this.inner.applyGradients(list.map(({ name, tensor }) => ({ name, tensor: tf.sign(tensor) }))));
      }
      setLearningRate(learningRate: number): void {
        this.inner.setLearningRate(learningRate);
      }
      override getConfig() {
        return {};
      }
    }
    const model = own(smallClassifier());
    const before = weightValues(model);
    const optimizer = new SignedGradients(own(sgd({ learningRate: 9, momentum: 0 })));
    await collect(makeTask({ model, optimizer, schedule: () => 0.25, epochs: 1, batchSize: 50 }));
    const moves = weightValues(model).map((weight, i) => Math.abs(weight - before[i]!));
    for (const move of moves) expect(Math.min(move, Math.abs(move - 0.25))).toBeLessThan(1e-6);
    expect(moves.filter((move) => move > 0).length).toBeGreaterThan(20);
  });

  it.each([() => tf.train.adam(0.01), () => tf.train.momentum(0.1, 0.9, true), () => tf.train.rmsprop(0.01)])(
    'works with any optimizer of tf (%#)',
    async (makeOptimizer) => {
      const tensors = tf.memory().numTensors;
      const optimizer = makeOptimizer();
      const model = own(smallClassifier());
      const afterStep: number[] = [];
      const losses: number[] = [];
      for await (const event of train(makeTask({ model, optimizer }))) {
        if (event.type === 'step-end') losses.push(event.loss);
        afterStep.push(tf.memory().numTensors);
      }
      expect(new Set(afterStep).size).toBe(1);
      expect(losses.at(-1)).toBeLessThan(losses[0]!);
      optimizer.dispose();
      // tf's momentum leaves its learning rate behind.
      (optimizer as unknown as { c?: tf.Tensor }).c?.dispose();
      model.dispose();
      made.pop();
      expect(tf.memory().numTensors).toBe(tensors);
    },
  );

  it('leaves frozen layers alone', async () => {
    const model = own(smallClassifier());
    model.layers[1]!.trainable = false;
    const frozen = model.layers[1]!.getWeights()[0]!.dataSync().slice();
    await collect(makeTask({ model }));
    expect(model.layers[1]!.getWeights()[0]!.dataSync()).toEqual(frozen);
  });
});

describe('randomness', () => {
  it('gives the same losses and weights, bit for bit, for the same task', async () => {
    const once = async (seed: number) => {
      const task = makeTask({ seed });
      return { losses: lossesOf(await collect(task)), weights: weightValues(task.model) };
    };
    const first = await once(5);
    expect(await once(5)).toEqual(first);
    expect((await once(6)).losses).not.toEqual(first.losses);
  });

  it('draws other masks in every step, and the same again in the next run', async () => {
    const masks: string[] = [];
    class MaskReader extends tfl.layers.Layer {
      static readonly className = 'MaskReader';
      override call(inputs: tf.Tensor[], { training, seed }: { training?: boolean; seed?: number }): tf.Tensor {
        masks.push(`${training}/${seed}`);
        return tf.clone(inputs[0]!);
      }
    }
    const once = async () => {
      masks.length = 0;
      const model = own(smallClassifier());
      const output = new MaskReader({}).apply(model.outputs[0]!) as tfl.SymbolicTensor;
      await collect(makeTask({ model: tfl.model({ inputs: model.inputs, outputs: output }) }));
      return [...masks];
    };
    const first = await once();
    expect(new Set(first).size).toBe(15);
    expect(first.every((mask) => /^true\/[1-9]\d*$/.test(mask))).toBe(true);
    expect(await once()).toEqual(first);
  });

  it('orders samples by seed and epoch, whatever the batch size', async () => {
    const order = async (seed: number, batchSize: number) => {
      const seen: number[] = [];
      const inner = arrayDataset({
        images: Float32Array.from({ length: 12 }, (_, i) => i),
        labels: Array(12).fill(0),
        imageShape: [1],
        numClasses: 3,
      });
      const data: TrainTask['data'] = {
        length: 12,
        imageShape: [1],
        numClasses: 3,
        async *batches(request) {
          for await (const batch of inner.batches(request)) {
            seen.push(...batch.images.dataSync());
            yield batch;
          }
        },
      };
      const model = own(smallClassifier({ inputs: 1 }));
      const optimizer = own(sgd({ learningRate: 0 }));
      await collect(makeTask({ model, optimizer, data, seed, batchSize, epochs: 2 }));
      return seen;
    };
    const first = await order(1, 3);
    expect(first.slice(0, 12).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, i) => i));
    expect(first.slice(0, 12)).not.toEqual(first.slice(12));
    expect(await order(1, 4)).toEqual(first);
    expect(await order(2, 3)).not.toEqual(first);
  });
});

describe('transformBatch', () => {
  it('changes every batch before its step, by a seed that is the same in the next run', async () => {
    const seeds: number[] = [];
    /** Mixes every sample with its mirror in the batch, labels too. */
    const mix: TrainTask['transformBatch'] = ({ images, labels }, seed) => {
      seeds.push(seed);
      const share = tf.randomUniform([], 0, 1, 'float32', seed);
      const blend = (tensor: tf.Tensor) =>
        tf.add(tf.mul(tensor, share), tf.mul(tf.reverse(tensor, 0), tf.sub(1, share)));
      return { images: blend(images), labels: blend(tf.cast(tf.oneHot(labels, 3), 'float32')) };
    };
    const [mixed, again] = [
      await collect(makeTask({ transformBatch: mix })),
      await collect(makeTask({ transformBatch: mix })),
    ];
    expect(new Set(seeds).size).toBe(15);
    expect(seeds.slice(15)).toEqual(seeds.slice(0, 15));
    expect(lossesOf(again)).toEqual(lossesOf(mixed));
    expect(lossesOf(mixed)).not.toEqual(lossesOf(await collect(makeTask())));
  });

  it('may return what it was given, and frees the batch when it throws', async () => {
    const plain = lossesOf(await collect(makeTask()));
    expect(lossesOf(await collect(makeTask({ transformBatch: (batch) => batch })))).toEqual(plain);
    const broken = makeTask({
      transformBatch: () => {
        throw new Error('no');
      },
    });
    await expect(collect(broken)).rejects.toThrow('no');
  });
});

describe('leaving early', () => {
  it('stops at a break and goes on from there with another run', async () => {
    const task = makeTask();
    let tensors = 0;
    for await (const event of train(task)) {
      if (event.type === 'step-end' && event.step === 0) tensors = tf.memory().numTensors;
      if (event.type === 'step-end' && event.step === 6) break;
    }
    expect(tf.memory().numTensors).toBe(tensors);
    expect(lossesOf(await collect(task)).length).toBe(15);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('leaks nothing when the consumer throws', async () => {
    const task = makeTask();
    await collect(task);
    const tensors = tf.memory().numTensors;
    const failing = async () => {
      for await (const event of train(task)) if (event.type === 'epoch-end') throw new Error('from the consumer');
    };
    await expect(failing()).rejects.toThrow('from the consumer');
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it.each(['model', 'optimizer', 'schedule', 'ema'] as const)('leaks nothing when the %s throws', async (culprit) => {
    const boom = () => {
      throw new Error('boom');
    };
    const task = makeTask();
    await collect(task);
    const average = own(ema(task.model, { decay: 0.9 }));
    const tensors = tf.memory().numTensors;
    if (culprit === 'model') task.model.layers.at(-1)!.call = boom;
    if (culprit === 'optimizer') task.optimizer.applyGradients = boom;
    if (culprit === 'ema') average.moveBy = boom;
    const extra = culprit === 'ema' ? { ema: average } : culprit === 'schedule' ? { schedule: boom } : {};
    await expect(collect({ ...task, ...extra })).rejects.toThrow('boom');
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('lets timers run meanwhile', async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    await collect(makeTask({ epochs: 60 }));
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(0);
  });
});

describe('divergence', () => {
  it('ends the run at a loss that is not finite', async () => {
    const optimizer = own(sgd({ learningRate: 1e38 }));
    const events = await collect(makeTask({ optimizer }));
    const end = events.at(-1)!;
    expect(end).toMatchObject({ type: 'run-diverged', epoch: 0, kind: 'non-finite-loss', loss: Number.NaN });
    expect(events.at(-2)).toMatchObject({ type: 'step-end', step: (end as { step: number }).step });
    expect(events.filter(({ type }) => type === 'run-diverged' || type === 'run-end').length).toBe(1);
  });

  it('ends the run when the losses explode but stay finite', async () => {
    const optimizer = own(sgd({ learningRate: 30 }));
    const events = await collect(makeTask({ model: own(smallClassifier()), optimizer, epochs: 100 }));
    expect(events.at(-1)).toMatchObject({ type: 'run-diverged', kind: 'high-loss' });
    expect(stepsOf(events).length).toBeLessThan(200);
  });

  it('ends a short run too: a quarter of its steps are looked back on, at least 5', async () => {
    const task = { model: own(smallClassifier()), optimizer: own(sgd({ learningRate: 30 })), epochs: 4 };
    const end = (await collect(makeTask(task))).at(-1)!;
    expect(end).toMatchObject({
      type: 'run-diverged',
      kind: 'high-loss',
      reason: expect.stringContaining('of the last 5'),
    });
  });

  it('waits for the end of the warm-up that the schedule tells', async () => {
    const schedule = Object.assign(() => 30, { warmupSteps: 120 });
    const events = await collect(makeTask({ model: own(smallClassifier()), schedule, epochs: 100 }));
    const end = events.at(-1)!;
    expect(end.type).toBe('run-diverged');
    expect((end as { step: number }).step).toBeGreaterThanOrEqual(169);
  });

  it('ends the run at the step after which a weight is not finite', async () => {
    const model = own(smallClassifier());
    const kernel = model.trainableWeights[0]!;
    // The update breaks a weight: no loss has seen it yet.
    const optimizer = own(sgd({ learningRate: 0.1 }));
    const apply = optimizer.applyGradients.bind(optimizer);
    optimizer.applyGradients = (gradients) => {
      apply(gradients);
      const variable = kernel.read() as tf.Variable;
      tf.tidy(() => variable.assign(tf.fill(variable.shape, Number.NaN)));
    };
    const events = await collect(makeTask({ model, optimizer, batchSize: 50 }));
    expect(events.map(({ type }) => type)).toEqual(['run-start', 'step-end', 'run-diverged']);
    expect(events[2]).toMatchObject({
      step: 0,
      lostAt: 0,
      epoch: 0,
      kind: 'non-finite-weight',
      reason: `the weight \`${(kernel.read() as tf.Variable).name}\` is not finite`,
    });
  });

  it('lets a net that has collapsed finish', async () => {
    const model = own(smallClassifier());
    tf.tidy(() => model.setWeights(model.weights.map(({ shape }) => tf.zeros(shape as number[]))));
    const optimizer = own(sgd({ learningRate: 0 }));
    const events = await collect(makeTask({ model, optimizer, epochs: 20 }));
    expect(events.at(-1)!.type).toBe('run-end');
    expect(lossesOf(events).at(-1)).toBeCloseTo(Math.log(3), 5);
  });
});

describe('on real digits', () => {
  it('learns in 60 steps', async () => {
    const [data, test] = split(arrayDataset(mnistDigits()), { counts: [960, 240], seed: 0 });
    const model = own(smallClassifier({ inputs: 784, numClasses: 10, hidden: 24 }));
    const average = own(ema(model, { decay: 0.99 }));
    const plan = { data: data!, epochs: 2, batchSize: 32 };
    const totalSteps = countSteps(plan);
    expect(totalSteps).toBe(60);
    const events = await collect(
      makeTask({
        ...plan,
        model,
        ema: average,
        labelSmoothing: 0.1,
        schedule: warmupCosine({ maxLearningRate: 0.05, warmupSteps: totalSteps / 10, totalSteps }),
        evaluate: { data: test! },
      }),
    );
    const [first, second] = events.filter((event) => event.type === 'epoch-end');
    expect(second!.meanLoss).toBeLessThan(0.7 * first!.meanLoss);
    expect(second!.evaluation!.accuracy).toBeGreaterThan(0.8);
    expect(second!.emaEvaluation!.accuracy).toBeGreaterThan(0.8);
    expect(second!.evaluation!.samples).toBe(240);
  });
});

describe('a task that does not fit together', () => {
  it.each<[Partial<Record<keyof TrainTask, unknown>>, string]>([
    [{ epochs: 0 }, 'train: `epochs` must be an integer >= 1, got 0.'],
    [{ epochs: 1.5 }, 'train: `epochs` must be an integer >= 1, got 1.5.'],
    [{ batchSize: 51 }, 'train: `batchSize` must be at most the 50 samples of the data, got 51.'],
    [{ batchSize: 0 }, 'train: `batchSize` must be an integer >= 1, got 0.'],
    [{ seed: 0.5 }, 'train: `seed` must be an integer, got 0.5.'],
    [{ seed: undefined }, 'train: `seed` must be a number, got undefined.'],
    [{ labelSmoothing: 1 }, 'train: `labelSmoothing` must be in [0, 1), got 1.'],
    [{ partialBatch: 'pad' }, "train: `partialBatch` must be 'drop' or 'keep', got \"pad\"."],
    [
      { data: points(50, 4) },
      'train: `model` must have one output [batch, 4], one logit per class of the data, got [[null,3]].',
    ],
    [{ model: undefined }, 'train: `model` must be a tf.LayersModel, got undefined.'],
    [{ data: undefined }, 'train: `data` must be a dataset such as arrayDataset() makes, got undefined.'],
    [{ transformBatch: 0.5 }, 'train: `transformBatch` must be a function from batch and seed to a batch, got 0.5.'],
    [{ optimizer: 'sgd' }, 'train: `optimizer` must be a tf.Optimizer such as sgd() of @nfnets/optimizers, got "sgd".'],
    [{ schedule: 0.1 }, 'train: `schedule` must be a function from step to learning rate, got 0.1.'],
    [{ evaluate: points(8) }, 'train: evaluate: `data` must be a dataset such as arrayDataset() makes, got undefined.'],
    [
      { data: { length: 50, imageShape: [1, 2], numClasses: 3, batches: () => [] } },
      'train: `model` must take images of shape [1,2], those of the data, got a model for [2].',
    ],
    [{ evaluate: { data: points(8, 4) } }, 'train: evaluate: `model` must have one output [batch, 4]'],
    [
      { evaluate: { data: points(8), everyEpochs: 0 } },
      'train: `evaluate.everyEpochs` must be an integer >= 1, got 0.',
    ],
  ])('is refused at once: %o', (change, message) => {
    expect(() => train(makeTask(change as Partial<TrainTask>))).toThrow(message);
  });

  it('is refused with a schedule that its optimizer cannot follow', () => {
    const optimizer = own(tf.train.adam(0.1));
    expect(() => train(makeTask({ optimizer, schedule: () => 0.1 }))).toThrow(
      'train: `optimizer` must have setLearningRate() when a `schedule` is given, got an instance of AdamOptimizer.',
    );
  });

  it('is refused without trainable weights', () => {
    const model = own(smallClassifier());
    model.trainable = false;
    expect(() => train(makeTask({ model }))).toThrow('train: `model` must have trainable weights, got none.');
  });

  it('is refused with a softmax in the model', () => {
    const model = own(
      tfl.sequential({ layers: [tfl.layers.dense({ units: 3, inputShape: [2] }), tfl.layers.softmax()] }),
    );
    expect(() => train(makeTask({ model }))).toThrow(/train: `model` must return logits, got a softmax/);
  });
});

import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { adam, sgd } from '@nfnets/optimizers';
import * as tf from '@tensorflow/tfjs';
import { afterAll, describe, expect, it } from 'vitest';
import { points, smallClassifier } from '../__fixtures__/small-classifier.js';
import {
  CheckpointError,
  type CheckpointMetrics,
  ema,
  evaluate,
  type RunDiverged,
  type RunResumed,
  type TrainEvent,
  type TrainTask,
  train,
} from '../index.js';
import { checkpoints, loadCheckpoint, saveCheckpoint } from '../node.js';

const root = mkdtempSync(join(tmpdir(), 'nfnets-whole-'));
afterAll(() => rmSync(root, { recursive: true }));
let folders = 0;
const newFolder = () => join(root, `${folders++}`);
const stepsIn = (folder: string) => readdirSync(folder).map((name) => Number(name.slice(5)));
const stepOf = (path: string | undefined) => path && Number(basename(path).slice(5));

/** A checkpoint without tensors, as a run would save it. */
const checkpointOf = (steps: number, metrics: Partial<CheckpointMetrics>, batch = 0) =>
  ({ info: { task: {}, position: { steps, batch }, metrics }, tensors: [] }) as never;

describe('the best', () => {
  it.each<[keyof CheckpointMetrics, number[], number]>([
    ['loss', [Number.NaN, 0.6, 0.5, 0.7], 3],
    ['loss', [-Infinity, 0.6, 0.5, 0.7], 3],
    ['loss', [0.6, Infinity, 0.5, Number.NaN], 3],
    ['emaLoss', [0.6, Number.NaN, 0.5, 0.7], 3],
    ['accuracy', [Number.NaN, 0.6, 0.9, 0.7], 3],
    ['accuracy', [Infinity, 0.6, 0.9, 0.9], 3],
    ['emaAccuracy', [0.6, 0.9, Number.NaN, 0.7], 2],
  ])('by %s of %j is number %d', async (keepBest, values, best) => {
    const store = checkpoints(newFolder(), { keepBest, keep: 1 });
    for (const [i, value] of values.entries()) {
      await store.save(checkpointOf(i + 1, { accuracy: 0, loss: 1, emaAccuracy: 0, emaLoss: 1, [keepBest]: value }));
    }
    expect(stepOf(await store.best())).toBe(best);
    expect(stepsIn((store as unknown as { folder: string }).folder)).toEqual([...new Set([best, 4])]);
  });

  it('is none by an accuracy beside a loss that is not finite', async () => {
    const store = checkpoints(newFolder(), { keepBest: 'accuracy' });
    await store.save(checkpointOf(1, { accuracy: 0.5, loss: 1 }));
    await store.save(checkpointOf(2, { accuracy: 0.9, loss: Number.NaN }));
    expect(stepOf(await store.best())).toBe(1);
  });

  it('is never one that is cut off, and that does not count among those that are kept', async () => {
    const folder = newFolder();
    const store = checkpoints(folder, { keepBest: 'loss', keep: 2 });
    for (const [i, loss] of [0.5, 0.3, 0.4].entries()) await store.save(checkpointOf(i + 1, { accuracy: 0, loss }));
    truncateSync(join(folder, 'step-00000002/state.safetensors'), 4);
    expect(stepOf(await store.best())).toBe(3);
    // Another process knows nothing of what this one wrote.
    const other = checkpoints(folder, { keepBest: 'loss', keep: 2 });
    await other.save(checkpointOf(4, { accuracy: 0, loss: 0.6 }));
    expect(stepOf(await other.best())).toBe(3);
    expect(stepsIn(folder)).toEqual([3, 4]);
  });

  it('is not one that an older version gave the figures of the evaluation before it', async () => {
    const store = checkpoints(newFolder(), { keepBest: 'loss' });
    await store.save(checkpointOf(4, { accuracy: 0.5, loss: 0.5 }));
    await store.save(checkpointOf(5, { accuracy: 0.5, loss: 0.1 }, 1));
    expect(stepOf(await store.best())).toBe(4);
  });

  it('has figures of its own step: none in the middle of an epoch', async () => {
    const folder = newFolder();
    await run({ checkpoint: checkpoints(folder, { everySteps: 3, keep: 100, keepBest: 'loss' }) });
    const withFigures = stepsIn(folder).filter((step) => {
      const text = readFileSync(join(folder, `step-${String(step).padStart(8, '0')}/checkpoint.json`), 'utf8');
      return JSON.parse(text).info.metrics !== undefined;
    });
    expect(stepsIn(folder)).toEqual([3, 5, 6, 9, 10, 12, 15]);
    expect(withFigures).toEqual([5, 10, 15]);
  });
});

/** 3 epochs of 5 steps. */
async function run(change: Partial<TrainTask>, onStep?: (model: tf.LayersModel, step: number) => void) {
  const model = smallClassifier();
  const optimizer = change.optimizer ?? sgd({ learningRate: 0.1 });
  const data = points(40);
  const events: TrainEvent[] = [];
  const task = { model, data, epochs: 3, batchSize: 8, seed: 0, evaluate: { data }, ...change, optimizer };
  try {
    for await (const event of train(task)) {
      events.push(event);
      if (event.type === 'step-end') onStep?.(model, event.step);
    }
    return events;
  } finally {
    optimizer.dispose();
    model.dispose();
  }
}

const spoil = (variable: tf.Variable, value: number) => tf.tidy(() => variable.assign(tf.fill(variable.shape, value)));
const firstWeight = (model: tf.LayersModel) => model.trainableWeights[0]!.read() as tf.Variable;

describe('a checkpoint that is not finite', () => {
  it('is not written, and those before it stay', async () => {
    const folder = newFolder();
    const checkpoint = checkpoints(folder, { everySteps: 1, keep: 3 });
    const events = await run({ checkpoint }, (model, step) => {
      if (step === 9) spoil(firstWeight(model), Number.NaN);
    });
    expect(events.at(-1)).toMatchObject({ type: 'run-diverged', kind: 'non-finite-state', step: 9, lostAt: 9 });
    // The layer is told without the number that tfjs may put behind a weight's name.
    expect((events.at(-1) as RunDiverged).layer).toMatch(/^dense_Dense\d+$/);
    expect((events.at(-1) as { reason: string }).reason).toMatch(
      /^`model\/.*kernel` is not finite, and so no checkpoint/,
    );
    expect(stepsIn(folder)).toEqual([7, 8, 9]);
    // The run goes on from there.
    const again = await run({ checkpoint });
    expect(again[0]).toMatchObject({ type: 'run-resumed', steps: 9, refused: [] });
    expect(again.at(-1)!.type).toBe('run-end');
  });

  it('is not written when only the optimizer is lost', async () => {
    const optimizer = adam({ learningRate: 0.01 });
    const events = await run({ optimizer, checkpoint: checkpoints(newFolder()) }, (_, step) => {
      if (step !== 2) return;
      const slots = (optimizer as unknown as { slots: Map<tf.Variable, { meanSquare: tf.Variable }> }).slots;
      // A gradient of 1e20 does that: its weight then stands still for ever.
      spoil([...slots.values()][0]!.meanSquare, Infinity);
    });
    expect(events.at(-1)).toMatchObject({ type: 'run-diverged', kind: 'non-finite-state', step: 4 });
    expect((events.at(-1) as { reason: string }).reason).toMatch(/kernel.*meanSquare` of the optimizer is not finite$/);
    expect((events.at(-1) as RunDiverged).layer).toMatch(/^dense_Dense\d+$/);
  });

  it('and that an older version wrote is passed over, and does not push out others', async () => {
    const folder = newFolder();
    await run({ checkpoint: checkpoints(folder, { everySteps: 5, keep: 10 }), epochs: 2 });
    const newest = join(folder, 'step-00000010');
    const tensors = join(newest, 'state.safetensors');
    const bytes = readFileSync(tensors);
    const start = 8 + Number(bytes.readBigUInt64LE(0));
    const kernel = JSON.parse(bytes.subarray(8, start).toString()) as Record<
      string,
      { data_offsets: [number, number] }
    >;
    const name = Object.keys(kernel).find((each) => each.endsWith('kernel'))!;
    bytes.writeFloatLE(Number.NaN, start + kernel[name]!.data_offsets[0]);
    writeFileSync(tensors, bytes);
    const description = JSON.parse(readFileSync(join(newest, 'checkpoint.json'), 'utf8'));
    description.tensors.sha256 = createHash('sha256').update(bytes).digest('hex');
    writeFileSync(join(newest, 'checkpoint.json'), JSON.stringify(description));

    const store = checkpoints(folder, { everySteps: 2, everyEpochs: Infinity, keep: 1 });
    const steps: number[][] = [];
    const events = await run({ checkpoint: store }, () => void steps.push(stepsIn(folder)));
    expect(events[0]).toMatchObject({ type: 'run-resumed', steps: 5 });
    expect((events[0] as RunResumed).refused).toEqual([
      expect.stringMatching(/step-00000010: the tensor "model\/.*kernel" has values that are not finite\.$/),
    ]);
    // 6 is kept beside the broken 10, until a whole 10 is made.
    expect(steps[2]).toEqual([6, 10]);
    expect(stepsIn(folder)).toEqual([14]);
  });

  it('is refused by saveCheckpoint, and what was there stays', async () => {
    const path = newFolder();
    const [model, average] = [smallClassifier(), undefined];
    await saveCheckpoint(path, { model }, { loss: Number.NaN, name: 'NaN' });
    spoil(firstWeight(model), Infinity);
    await expect(saveCheckpoint(path, { model, ema: average })).rejects.toThrow(CheckpointError);
    await expect(saveCheckpoint(path, { model })).rejects.toThrow(
      /the tensor "model\/.*" has values that are not finite\.$/,
    );
    expect(await loadCheckpoint(path, { model })).toEqual({ loss: Number.NaN, name: 'NaN' });
    expect(Number.isFinite(firstWeight(model).dataSync()[0])).toBe(true);
    model.dispose();
  });
});

it('averages that are not finite end the run at the end of the epoch', async () => {
  const model = smallClassifier();
  const average = ema(model, { decay: 0.9 });
  const [optimizer, data] = [sgd({ learningRate: 0.1 }), points(40)];
  const events: TrainEvent[] = [];
  const task = { model, optimizer, data, epochs: 3, batchSize: 8, seed: 0, ema: average, evaluate: { data } };
  for await (const event of train(task)) {
    events.push(event);
    if (event.type === 'step-end' && event.step === 2) spoil(average.averages[0]!, Number.NaN);
  }
  expect(events.at(-2)).toMatchObject({
    type: 'epoch-end',
    evaluation: { loss: expect.closeTo(1, 0) },
    emaEvaluation: { loss: Number.NaN, accuracy: 0, nonFiniteWeight: average.variables[0]!.name },
  });
  expect(events.at(-1)).toMatchObject({ type: 'run-diverged', kind: 'non-finite-state', step: 4 });
  expect((await evaluate(model, data)).nonFiniteWeight).toBeUndefined();
  for (const thing of [model, optimizer, average]) thing.dispose();
});

it('reads checkpoints of the first format', async () => {
  const path = newFolder();
  const model = smallClassifier();
  await saveCheckpoint(path, { model });
  const file = join(path, 'checkpoint.json');
  const info = { loss: null, text: 'NaN' };
  const infoSha256 = createHash('sha256').update(JSON.stringify(info)).digest('hex');
  const old = { ...JSON.parse(readFileSync(file, 'utf8')), format: 'nfnets checkpoint 1', info, infoSha256 };
  writeFileSync(file, JSON.stringify(old));
  expect(await loadCheckpoint(path, { model })).toEqual(info);
  model.dispose();
});

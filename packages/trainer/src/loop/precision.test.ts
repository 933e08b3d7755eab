import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useBackend } from '@nfnets/backends';
import { sgd } from '@nfnets/optimizers';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { points, smallClassifier } from '../__fixtures__/small-classifier.js';
import { EPOCH_STEPS, type ResumableRun, resumableRun, STEPS } from '../checkpoints/__fixtures__/resumable-run.js';
import { accumulatedStep, samStep, type TrainEvent, type TrainTask, train } from '../index.js';
import { checkpoints } from '../node.js';

const missing = await useBackend('native').then(
  () => undefined,
  () => 'needs TensorFlow: npx nfnets-native',
);
await tf.setBackend('cpu');
const note = missing === undefined ? '' : ` (${missing})`;

const root = mkdtempSync(join(tmpdir(), 'nfnets-precision-'));
afterAll(() => rmSync(root, { recursive: true }));

/** A net with masks, whose convolutions are large enough for bfloat16. */
const WIDE: ResumableRun = { net: 'nfnet', width: 16 };

async function eventsOf(change: Partial<TrainTask>): Promise<TrainEvent[]> {
  const [model, optimizer, data] = [smallClassifier(), sgd({ learningRate: 0.1 }), points(50)];
  const events: TrainEvent[] = [];
  try {
    const task = { model, optimizer, data, epochs: 1, batchSize: 25, seed: 0, evaluate: { data }, ...change };
    for await (const event of train(task)) events.push(event);
    return events;
  } finally {
    for (const thing of [model, optimizer]) thing.dispose();
    if (change.optimizer) change.optimizer.dispose();
  }
}

describe('`precision` where steps run as they are', () => {
  it('is float32 by default and with auto', async () => {
    const start = { type: 'run-start', isCompiled: false, precision: 'float32' };
    for (const change of [{}, { precision: 'float32' }, { precision: 'auto' }] as const) {
      expect((await eventsOf(change))[0]).toEqual(start);
    }
  });

  it('cannot be bfloat16, and says why', async () => {
    await expect(eventsOf({ precision: 'bfloat16' })).rejects.toThrow(
      new RangeError(
        "train: `precision` 'bfloat16' is for steps that TensorFlow compiles, and the backend 'cpu' computes in float32. Take useBackend('native') of @nfnets/backends, or 'float32' or 'auto'.",
      ),
    );
    await expect(eventsOf({ precision: 'bfloat16', compile: false })).rejects.toThrow(
      "train: `precision` 'bfloat16' is for compiled steps, and `compile` is false. Leave `compile` out, or take 'float32' or 'auto'.",
    );
    await expect(
      eventsOf({ precision: 'bfloat16', optimizer: tf.train.sgd(0.1), schedule: () => 0.1 }),
    ).rejects.toThrow("train: `precision` is 'bfloat16', for which steps must be compiled, but the learning rate of");
    await expect(eventsOf({ precision: 'float16' as 'float32' })).rejects.toThrow(
      "train: `precision` must be 'float32', 'bfloat16' or 'auto', got \"float16\".",
    );
  });
});

describe.skipIf(missing !== undefined)(`a run in bfloat16${note}`, () => {
  beforeAll(async () => {
    await useBackend('native');
    return async () => {
      await tf.setBackend('cpu');
    };
  });
  beforeEach(() => {
    // A processor without instructions for it is told of.
    vi.spyOn(console, 'warn').mockImplementation(() => {});
  });

  // bfloat16 keeps 8 bits of a number, and so up to half of 2^-7 = 0.4 % is lost of each: 30 steps with masks stay within five times that.
  it.each([
    ['plain', {}],
    ['accumulated', { step: accumulatedStep({ microBatches: 2 }) }],
    ['SAM', { step: samStep() }],
  ])('has nearly the losses of one in float32, and others: %s', { timeout: 120_000 }, async (_, change) => {
    const float32 = await resumableRun({ ...WIDE, change });
    const bfloat16 = await resumableRun({ ...WIDE, change: { ...change, precision: 'bfloat16' } });
    expect(float32.start).toEqual({ type: 'run-start', isCompiled: true, precision: 'float32' });
    expect(bfloat16.start).toEqual({ type: 'run-start', isCompiled: true, precision: 'bfloat16' });
    expect(Object.keys(bfloat16.losses).length).toBe(STEPS);
    for (let step = 0; step < STEPS; step++) {
      expect(Math.abs(bfloat16.losses[step]! / float32.losses[step]! - 1), `step ${step}`).toBeLessThan(0.02);
    }
    expect(bfloat16.losses).not.toEqual(float32.losses);
  });

  it('goes on in the other precision where a checkpoint is, and tells', { timeout: 120_000 }, async () => {
    const checkpoint = checkpoints(join(root, 'both'), { everySteps: 5 });
    const run = { ...WIDE, checkpoint };
    const whole = await resumableRun(WIDE);
    const begun = await resumableRun({ ...run, stopAfter: EPOCH_STEPS });
    expect(begun.resumed).toBeUndefined();
    const middle = await resumableRun({
      ...run,
      spoil: true,
      stopAfter: 2 * EPOCH_STEPS,
      change: { precision: 'bfloat16' },
    });
    expect(middle.resumed).toMatchObject({ steps: EPOCH_STEPS, formerPrecision: 'float32' });
    expect(middle.start?.precision).toBe('bfloat16');
    const end = await resumableRun({ ...run, spoil: true });
    expect(end.resumed).toMatchObject({ steps: 2 * EPOCH_STEPS, formerPrecision: 'bfloat16' });
    expect(end.start?.precision).toBe('float32');
    for (let step = EPOCH_STEPS; step < STEPS; step++) {
      const loss = (step < 2 * EPOCH_STEPS ? middle : end).losses[step]!;
      expect(Math.abs(loss / whole.losses[step]! - 1), `step ${step}`).toBeLessThan(0.02);
    }
  });

  it('that is resumed goes on bit for bit, and has nothing to tell', { timeout: 120_000 }, async () => {
    const change = { precision: 'bfloat16' } as const;
    const checkpoint = checkpoints(join(root, 'same'), { everySteps: 5 });
    const whole = await resumableRun({ ...WIDE, change });
    await resumableRun({ ...WIDE, change, checkpoint, stopAfter: 16 });
    const rest = await resumableRun({ ...WIDE, change, checkpoint, spoil: true });
    expect(rest.resumed?.steps).toBe(15);
    expect(rest.resumed).not.toHaveProperty('formerPrecision');
    for (let step = 15; step < STEPS; step++) expect(rest.losses[step], `step ${step}`).toBe(whole.losses[step]);
    expect(rest.weights).toEqual(whole.weights);
  });

  it.each([
    // Finite, and far too high.
    ['too large a rate', 60],
    // Weights are not finite after the first step.
    ['a rate without bounds', 1e38],
  ])('diverges where one in float32 does: %s', { timeout: 120_000 }, async (_, rate) => {
    const schedule = (step: number) => (step < 5 ? 0.05 : rate);
    const endOf = async (precision: 'float32' | 'bfloat16') => {
      const makeOptimizer = () => sgd({ learningRate: 0.05 });
      return (await resumableRun({ ...WIDE, makeOptimizer, change: { precision, schedule } })).diverged;
    };
    const [float32, bfloat16] = [await endOf('float32'), await endOf('bfloat16')];
    expect(float32).toBeDefined();
    expect(bfloat16).toMatchObject({ kind: float32!.kind, lostAt: float32!.lostAt, step: float32!.step });
  });

  it('cannot have steps that are no graph', async () => {
    const model = smallClassifier();
    model.add(tf.layers.dropout({ rate: 0.5 }));
    await expect(eventsOf({ precision: 'bfloat16', model })).rejects.toThrow('makes a constant in JavaScript');
    model.dispose();
  });
});

import { join } from 'node:path';
import { useBackend } from '@nfnets/backends';
import { expectTensorClose, NEEDS_GPU, useSoftwareGpu } from '@nfnets/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { tinyConfig } from '../__fixtures__/quick-config.js';
import { temporaryFolder } from '../__fixtures__/temporary-folder.js';
import type { EngineName } from '../engines/engine-names.js';
import { planTrials } from '../plan/plan-trials.js';
import { trainTrial } from './train-trial.js';

useSoftwareGpu();

const isMissing = await useBackend('webgpu').then(
  () => false,
  () => true,
);
await useBackend('cpu');

afterAll(async () => {
  await useBackend('cpu');
});

/** The losses of the steps of a short training, and what the network then does on the test images. */
async function trainOn(engine: EngineName): Promise<{ losses: number[]; evaluation: number[] }> {
  const config = tinyConfig(
    'trial.dataset={name: mnist, train: 48, test: 20}',
    'trial.epochs=1',
    'trial.learningRate.base=1.6',
    'axes.clipFactor=0.04',
    'axes.batchSize=16',
  );
  const losses: number[] = [];
  let evaluation: number[] = [];
  for await (const event of trainTrial(planTrials(config)[0]!, {
    engine,
    threads: 1,
    checkpointDir: join(temporaryFolder(), 'checkpoints'),
    signal: new AbortController().signal,
    assertHeld() {},
  })) {
    if (event.type === 'engine') expect(event.engine).toBe(engine);
    if (event.type === 'step') losses.push(event.loss);
    if (event.type === 'epoch') evaluation = [event.loss, event.accuracy];
  }
  return { losses, evaluation };
}

describe.skipIf(isMissing)(`on webgpu (${NEEDS_GPU})`, { timeout: 300_000 }, () => {
  it('a trial has the losses and the evaluation it has on wasm', async () => {
    const expected = await trainOn('wasm');
    const actual = await trainOn('webgpu');
    expect(expected.losses).toHaveLength(3);
    expect(expected.losses[2]).not.toBeCloseTo(expected.losses[0]!, 2);
    expectTensorClose(actual.losses, expected.losses, { relative: 1e-4, absolute: 0 });
    expectTensorClose(actual.evaluation, expected.evaluation, { relative: 1e-4, absolute: 0 });
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Fault, finish, suffer, TIMEOUT } from './__fixtures__/faults.js';
import { missing } from './__fixtures__/native.js';
import { Network, whyNoNetwork } from './__fixtures__/network.js';
import { apart, trainIn } from './__fixtures__/train-in.js';
import type { TaskName, TrainedResult } from './__fixtures__/trained-run.js';

const lacking = missing ?? whyNoNetwork();
const note = lacking === undefined ? '' : ` (${lacking})`;
const STEPS = 40;

/** The soak has twenty: `npm run soak`. */
const FAULTS: readonly Fault[] = [
  { kind: 'plug', size: 2, index: 1, at: 5 },
  { kind: 'pair', size: 3, index: 1, at: 13 },
  { kind: 'stop', size: 3, index: 0, at: 21 },
  { kind: 'drop', size: 2, index: 0, at: 29 },
];

describe.skipIf(lacking !== undefined)(`processes on hosts of their own${note}`, () => {
  it('come through faults of the network with the numbers of a run without any', { timeout: 600_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nfnets-hosts-'));
    const network = new Network(3);
    onTestFinished(() => {
      network.close();
      rmSync(folder, { recursive: true });
    });
    const task: TaskName = { optimizer: 'agc', dropout: 0.3, ema: true, steps: STEPS };
    const run = { network, task: { ...task, checkpoint: join(folder, 'run'), everySteps: 4, tellsAfter: 20 } };
    let saved = 0;
    for (const fault of FAULTS) {
      const end = await suffer(run, fault);
      expect(end.problems, JSON.stringify(fault)).toEqual([]);
      // The time to end a process of TensorFlow's included.
      expect(end.seconds, JSON.stringify(fault)).toBeLessThan(TIMEOUT + 3);
      expect(end.saved).toBeGreaterThan(saved);
      saved = end.saved;
    }
    const ends = await finish(run, 3);
    const [[whole]] = (await trainIn(1, () => [task])) as [[TrainedResult]];
    for (const { events, losses, weights, averages } of ends) {
      expect(events[0]).toMatchObject({ type: 'run-resumed', steps: saved });
      expect(losses).toHaveLength(STEPS - saved);
      expect(apart(losses, whole.losses.slice(saved))).toBeLessThan(1e-5);
      for (const [w, values] of whole.weights.entries()) expect(apart(weights[w]!, values)).toBeLessThan(1e-5);
      for (const [w, values] of whole.averages.entries()) expect(apart(averages[w]!, values)).toBeLessThan(1e-5);
    }
  });
});

import { describe, expect, it } from 'vitest';
import { missing } from './__fixtures__/native.js';
import { apart, timeless, trainIn } from './__fixtures__/train-in.js';
import type { TaskName, TrainedResult } from './__fixtures__/trained-run.js';

const note = missing === undefined ? '' : ` (${missing})`;

const evaluationsOf = ({ events }: TrainedResult) =>
  events.flatMap((event) => (event.type === 'epoch-end' ? [event] : []));

const TASKS: readonly TaskName[] = [
  { optimizer: 'agc', dropout: 0.3, ema: true },
  { optimizer: 'agc', step: 'accumulated' },
  { optimizer: 'sgd', step: 'sam' },
  { optimizer: 'tfMomentum' },
  { optimizer: 'adam', ema: true },
  { optimizer: 'adamW' },
  { optimizer: 'lamb' },
  { optimizer: 'lars' },
  { optimizer: 'muon' },
  { optimizer: 'rmspropTF' },
  { optimizer: 'stableAdamW' },
];

describe.skipIf(missing !== undefined)(`a run of a group${note}`, () => {
  it.each([2, 3])('has the numbers of one process: %i processes', { timeout: 900_000 }, async (processes) => {
    // One process goes up in as many parts as there are processes.
    const alone = TASKS.map((task) => (task.step === 'sam' ? { ...task, microBatches: processes } : task));
    const [[whole], members] = [await trainIn(1, () => alone), await trainIn(processes, () => TASKS)];
    for (const [i, task] of TASKS.entries()) {
      const expected = whole![i]!;
      const [first] = members.map((results) => results[i]!);
      const name = JSON.stringify(task);
      expect(first!.failure, name).toBe(undefined);
      expect(first!.losses, name).toHaveLength(50);
      expect(apart(first!.losses, expected.losses), name).toBeLessThan(1e-5);
      for (const [w, weights] of expected.weights.entries())
        expect(apart(first!.weights[w]!, weights), name).toBeLessThan(1e-5);
      for (const [w, weights] of expected.averages.entries())
        expect(apart(first!.averages[w]!, weights), name).toBeLessThan(1e-5);
      expect(first!.averages.length).toBe(task.ema ? 4 : 0);
      // Evaluations are of all samples, whichever process took them.
      const evaluations = evaluationsOf(expected);
      for (const [e, { evaluation, emaEvaluation, meanLoss }] of evaluationsOf(first!).entries()) {
        expect(evaluation?.samples).toBe(evaluations[e]!.evaluation?.samples);
        expect(evaluation?.accuracy).toBe(evaluations[e]!.evaluation?.accuracy);
        expect(Math.abs((evaluation?.loss ?? 0) - (evaluations[e]!.evaluation?.loss ?? 0)), name).toBeLessThan(1e-5);
        expect(emaEvaluation?.accuracy).toBe(evaluations[e]!.emaEvaluation?.accuracy);
        expect(Math.abs(meanLoss - evaluations[e]!.meanLoss), name).toBeLessThan(1e-5);
      }
      // The events, but for times, are the same in all processes.
      for (const results of members) {
        expect(timeless(results[i]!), name).toEqual(timeless(first!));
        expect(results[i]!.weights, name).toEqual(first!.weights);
      }
    }
  });
});

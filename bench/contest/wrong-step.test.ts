import { describe, expect, it } from 'vitest';
import type { StepsReply, TrainingSetup } from '../inputs/training-setup.js';
import { withNet } from '../inputs/with-net.js';
import { NETS } from '../nets/nets.js';
import { lossDifference, TOLERANCE } from './compare-losses.js';
import { ours } from './contestants.js';
import { takeTurns } from './take-turns.js';

const { learningRate } = NETS['three-blocks'];

/** Losses of five steps on WebAssembly, in a process of their own, as the benchmark compares them. */
async function lossesOf(setup: TrainingSetup, question: { clip: boolean; learningRate: number }) {
  const outcomes = await takeTurns([ours('ours', 'wasm', 'eager', setup)], {
    rounds: 1,
    alone: true,
    open: async () => {},
    round: async (participant) => (await participant.ask<StepsReply>({ steps: 5, ...question })).losses,
  });
  const outcome = outcomes.get('ours')!;
  if (!('rounds' in outcome)) throw new Error(JSON.stringify(outcome));
  return outcome.rounds[0]!;
}

describe('the losses that the step benchmark compares', () => {
  it('tell a wrong step from a right one', { timeout: 180_000 }, async () => {
    await withNet('three-blocks', 16, async (setup) => {
      const right = await lossesOf(setup, { clip: true, learningRate });
      const again = await lossesOf(setup, { clip: true, learningRate });
      expect(lossDifference(again, right)).toBeLessThan(TOLERANCE / 100);
      const wrong = {
        unclipped: await lossesOf(setup, { clip: false, learningRate }),
        'clipped too late': await lossesOf({ ...setup, clipFactor: 0.011 }, { clip: true, learningRate }),
        'too fast': await lossesOf(setup, { clip: true, learningRate: learningRate * 1.01 }),
      };
      for (const [what, losses] of Object.entries(wrong)) {
        expect(losses[0]).toBe(right[0]);
        expect(lossDifference(losses, right), what).toBeGreaterThan(TOLERANCE);
      }
      // What PyTorch 2.13 with timm's layers gets from the same weights and images.
      const pytorch = [2.3201282, 2.1525283, 1.9926362, 1.7268255, 1.2550567];
      expect(lossDifference(right, pytorch)).toBeLessThan(TOLERANCE / 10);
    });
  });
});

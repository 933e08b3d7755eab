import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { missing } from './__fixtures__/native.js';
import { apart, timeless, trainIn } from './__fixtures__/train-in.js';
import type { TaskName } from './__fixtures__/trained-run.js';

const note = missing === undefined ? '' : ` (${missing})`;
const differs = String.raw`process 1 \(127[\d.:]+\) differs from process 0 \(127[\d.:]+\): `;

describe.skipIf(missing !== undefined)(`the processes of a group${note}`, () => {
  it('stop at the same step for the same reason when a run diverges', { timeout: 600_000 }, async () => {
    const tasks: TaskName[] = [
      { optimizer: 'sgd', learningRate: 1e30, steps: 20 },
      { optimizer: 'sgd', learningRate: 30, steps: 40 },
    ];
    const [first, second] = await trainIn(2, () => tasks);
    for (const [i, task] of tasks.entries()) {
      expect(first![i]!.events.at(-1), JSON.stringify(task)).toMatchObject({ type: 'run-diverged' });
      expect(timeless(second![i]!)).toEqual(timeless(first![i]!));
    }
  });

  it('are refused where tasks, models or optimizers differ, and may go on', { timeout: 600_000 }, async () => {
    const results = await trainIn(2, (index) => [
      { optimizer: 'sgd', seed: index },
      { optimizer: 'sgd', learningRate: index === 0 ? 0.1 : 0.2 },
      { optimizer: 'sgd', filters: 8 + index },
      { optimizer: index === 0 ? 'sgd' : 'adam', learningRate: 0.1 },
      { optimizer: 'sgd', ownStep: true, steps: 10 },
      { optimizer: 'sgd', steps: 10 },
    ]);
    const said = [
      new RegExp(`^GroupError: joinGroup: of the task, ${differs}\`seed\` is 1 and not 0\\.$`),
      new RegExp(
        `^GroupError: joinGroup: of the task, ${differs}\`optimizerConfig\` is .*0\\.2.* and not .*0\\.1.*\`schedule\``,
      ),
      new RegExp(
        `^GroupError: joinGroup: of the model, ${differs}\`shape of weight 1\` is \\[3,3,2,9\\] and not \\[3,3,2,8\\], \`shape of weight 2\` is \\[9\\]`,
      ),
      new RegExp(`^GroupError: joinGroup: of the task, ${differs}\`optimizer\` is "AdamW" and not "MomentumSGD"`),
      /^TypeError: train: `step` must average its gradients over the processes of `group`/,
    ];
    for (const tasks of results) {
      for (const [i, message] of said.entries()) expect(tasks[i]!.failure).toMatch(message);
      expect(tasks[5]!.failure).toBe(undefined);
      expect(tasks[5]!.losses).toHaveLength(10);
    }
  });

  it('begin with the weights of the first of them, whatever their own are', { timeout: 600_000 }, async () => {
    const task: TaskName = { optimizer: 'adam', dropout: 0.3, ema: true, steps: 10 };
    const [[whole], members] = [
      await trainIn(1, () => [{ ...task, modelSeed: 1 }]),
      await trainIn(3, (index) => [{ ...task, modelSeed: index + 1 }]),
    ];
    for (const [result] of members) {
      expect(result!.failure).toBe(undefined);
      expect(apart(result!.losses, whole![0]!.losses)).toBeLessThan(1e-5);
      for (const [w, weights] of whole![0]!.weights.entries())
        expect(apart(result!.weights[w]!, weights)).toBeLessThan(1e-5);
      for (const [w, weights] of whole![0]!.averages.entries())
        expect(apart(result!.averages[w]!, weights)).toBeLessThan(1e-5);
      expect(result!.weights).toEqual(members[0]![0]!.weights);
    }
  });

  it('go on from the checkpoints that the first of them writes', { timeout: 600_000 }, async () => {
    const checkpoint = mkdtempSync(join(tmpdir(), 'nfnets-group-'));
    try {
      const task: TaskName = { optimizer: 'agc', dropout: 0.3, ema: true, totalSteps: 50 };
      // The others' folders stay empty: they get the run from the first.
      const folderOf = (index: number) => join(checkpoint, String(index));
      const results = await trainIn(2, (index) => [
        // Seven epochs.
        { ...task, steps: 28, checkpoint: folderOf(index) },
        { ...task, steps: 50, checkpoint: folderOf(index) },
        { ...task, steps: 50 },
      ]);
      for (const [, resumed, whole] of results) {
        expect(resumed!.failure).toBe(undefined);
        expect(resumed!.events[0]).toMatchObject({ type: 'run-resumed', steps: 28 });
        expect(resumed!.losses).toEqual(whole!.losses.slice(28));
        expect(resumed!.weights).toEqual(whole!.weights);
        expect(resumed!.averages).toEqual(whole!.averages);
      }
      expect(timeless(results[1]![0]!)).toEqual(timeless(results[0]![0]!));
      expect(readdirSync(folderOf(0)).filter((name) => name.startsWith('step-')).length).toBeGreaterThan(0);
      expect(readdirSync(checkpoint)).toEqual(['0']);
    } finally {
      rmSync(checkpoint, { recursive: true });
    }
  });
});

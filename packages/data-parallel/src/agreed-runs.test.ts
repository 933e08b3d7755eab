import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { missing } from './__fixtures__/native.js';
import { timeless, trainIn } from './__fixtures__/train-in.js';
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

  it('are refused where tasks or weights differ, and may go on', { timeout: 600_000 }, async () => {
    const results = await trainIn(2, (index) => [
      { optimizer: 'sgd', seed: index },
      { optimizer: 'sgd', learningRate: index === 0 ? 0.1 : 0.2 },
      { optimizer: 'sgd', modelSeed: index },
      { optimizer: 'sgd', ownStep: true, steps: 10 },
      { optimizer: 'sgd', steps: 10 },
    ]);
    const said = [
      new RegExp(`^GroupError: joinGroup: of the task, ${differs}\`seed\` is 1 and not 0\\.$`),
      new RegExp(
        `^GroupError: joinGroup: of the task, ${differs}\`optimizerConfig\` is .*0\\.2.* and not .*0\\.1.*\`schedule\``,
      ),
      new RegExp(
        `^GroupError: joinGroup: of the weights at the start \\(give the models one \`seed\`, or load one file\\), ${differs}\`checksum\``,
      ),
      /^TypeError: train: `step` must average its gradients over the processes of `group`/,
    ];
    for (const tasks of results) {
      for (const [i, message] of said.entries()) expect(tasks[i]!.failure).toMatch(message);
      expect(tasks[4]!.failure).toBe(undefined);
      expect(tasks[4]!.losses).toHaveLength(10);
    }
  });

  it('go on from the checkpoints that the first of them writes', { timeout: 600_000 }, async () => {
    const checkpoint = mkdtempSync(join(tmpdir(), 'nfnets-group-'));
    try {
      const task: TaskName = { optimizer: 'agc', dropout: 0.3, ema: true, totalSteps: 50 };
      const results = await trainIn(2, () => [
        // Seven epochs.
        { ...task, steps: 28, checkpoint },
        { ...task, steps: 50, checkpoint },
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
      expect(readdirSync(checkpoint).filter((name) => name.startsWith('step-')).length).toBeGreaterThan(0);
    } finally {
      rmSync(checkpoint, { recursive: true });
    }
  });
});

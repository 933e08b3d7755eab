import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { missing } from './__fixtures__/native.js';
import { freeHosts, type Started, start } from './__fixtures__/processes.js';
import { apart, trainIn } from './__fixtures__/train-in.js';
import type { TaskName, TrainedResult, TrainedRun } from './__fixtures__/trained-run.js';

const note = missing === undefined ? '' : ` (${missing})`;
const [STEPS, TIMEOUT] = [40, 5];

describe.skipIf(missing !== undefined)(`a run whose processes are lost${note}`, () => {
  it('goes on with another number of them, and ends as if nothing had happened: 2, 3, 1', {
    timeout: 600_000,
  }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nfnets-restart-'));
    const task: TaskName = { optimizer: 'agc', dropout: 0.3, ema: true, steps: STEPS, totalSteps: STEPS };
    const saved = { ...task, checkpoint: join(folder, 'run'), everySteps: 4, tellsAfter: 20 };
    const begin = async (size: number): Promise<{ hosts: string[]; members: Started[] }> => {
      const hosts = await freeHosts(size);
      const members = hosts.map((_, index) =>
        start('trained-run.ts', {
          hosts,
          index,
          tasks: [{ ...saved, modelSeed: size === 2 ? 1 : 5 + index }],
          timeoutSeconds: TIMEOUT,
        } satisfies TrainedRun),
      );
      return { hosts, members };
    };
    try {
      for (const { size, lost, at } of [
        { size: 2, lost: 1, at: 9 },
        { size: 3, lost: 0, at: 22 },
      ]) {
        const { hosts, members } = await begin(size);
        await Promise.all(members.map((member) => member.line(({ step }) => step === at)));
        members[lost]!.child.kill('SIGKILL');
        const since = performance.now();
        for (const [i, { ended, lines }] of members.entries()) {
          if (i === lost) continue;
          expect(await ended).toEqual({ code: 0, signal: null });
          expect((performance.now() - since) / 1000).toBeLessThan(TIMEOUT + 3);
          const { failure } = lines.at(-1) as unknown as TrainedResult;
          expect(failure).toContain(`GroupError: joinGroup: process ${lost} (${hosts[lost]}) has ended.`);
        }
      }
      const { members } = await begin(1);
      expect(await members[0]!.ended, members[0]!.complaint()).toEqual({ code: 0, signal: null });
      const last = members[0]!.lines.at(-1) as unknown as TrainedResult;
      const [[whole]] = (await trainIn(1, () => [task])) as [[TrainedResult]];
      expect(last.events[0]).toMatchObject({ type: 'run-resumed', steps: 20 });
      expect(apart(last.losses, whole.losses.slice(20))).toBeLessThan(1e-5);
      for (const [w, weights] of whole.weights.entries()) expect(apart(last.weights[w]!, weights)).toBeLessThan(1e-5);
      for (const [w, weights] of whole.averages.entries()) expect(apart(last.averages[w]!, weights)).toBeLessThan(1e-5);
      expect(last.losses).toHaveLength(20);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

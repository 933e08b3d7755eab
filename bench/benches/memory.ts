import { ours, pytorch } from '../contest/contestants.js';
import { takeTurns } from '../contest/take-turns.js';
import { benchCase } from '../figures/bench-case.js';
import type { Bench, BenchCase } from '../figures/bench-result.js';
import { median } from '../figures/median.js';
import { resultOf } from '../figures/result-of.js';
import type { StepsReply } from '../inputs/training-setup.js';
import { withNet } from '../inputs/with-net.js';
import { forgetPeak, residentMemory } from '../processes/resident-memory.js';

interface Usage {
  /** From the start of the process to the end of its first steps: building, loading, tracing, compiling. */
  readonly start: number;
  /** The most during a later step. */
  readonly step: number;
  /** Between two later steps. */
  readonly between: number;
}

const FIGURES: readonly (readonly [keyof Usage, string])[] = [
  ['start', 'peak, from the start'],
  ['step', 'peak of a later step'],
  ['between', 'between steps'],
];

/** Resident memory of training NFNet-F0: ours and PyTorch's in float32, each in a process of its own, one after the other. */
const benchmarkMemory: Bench = async ({ quick }) => {
  const [net, batch] = quick ? (['three-blocks', 16] as const) : (['nfnet-f0', 8] as const);
  return withNet(net, batch, async (setup) => {
    const own = [
      ours('compiled', 'native', 'compiled', setup),
      ours('compiled, bfloat16', 'native', 'bfloat16', setup),
      ours('eager', 'native', 'eager', setup),
    ];
    const peers = [pytorch('PyTorch', 'default', setup), pytorch('PyTorch, channels last', 'channels-last', setup)];
    const peaks = new Map<string, number>();
    const outcomes = await takeTurns<Usage>([...own, ...peers], {
      rounds: 1,
      alone: true,
      async open(participant, name) {
        console.error(`memory: ${name}`);
        await participant.ask<StepsReply>({ steps: 2, clip: true, learningRate: 1e-4 });
        peaks.set(participant.pid.toString(), residentMemory(participant.pid).peak);
      },
      async round(participant) {
        const { pid } = participant;
        forgetPeak(pid);
        const between: number[] = [];
        for (let i = 0; i < 3; i++) {
          await participant.ask<StepsReply>({ steps: 1, clip: true, learningRate: 1e-4 });
          between.push(residentMemory(pid).now);
        }
        return { start: peaks.get(pid.toString())!, step: residentMemory(pid).peak, between: median(between) };
      },
    });
    const cases: BenchCase[] = [];
    for (const { name } of own) {
      const outcome = outcomes.get(name)!;
      for (const [figure, what] of FIGURES) {
        const figureOf = (each: string) => {
          const of = outcomes.get(each)!;
          if ('rounds' in of) return of.rounds[0]![figure];
          return { missing: 'missing' in of ? of.missing : `failed: ${of.failed}` };
        };
        const figures = Object.fromEntries(peers.map((peer) => [peer.name, figureOf(peer.name)]));
        const value = figureOf(name);
        cases.push(
          benchCase(`${name}: ${what}`, typeof value === 'number' ? value : null, figures, {
            ...('missing' in outcome ? { missing: outcome.missing } : {}),
            ...('failed' in outcome ? { failure: outcome.failed } : {}),
          }),
        );
      }
    }
    return resultOf(cases);
  });
};
export default benchmarkMemory;

import { BFLOAT16_TOLERANCE, lossDifference, TOLERANCE } from '../contest/compare-losses.js';
import { ours, pytorch } from '../contest/contestants.js';
import { medianOf } from '../contest/median-of.js';
import { type Contestant, type Outcome, takeTurns } from '../contest/take-turns.js';
import { benchCase } from '../figures/bench-case.js';
import type { Bench, BenchCase } from '../figures/bench-result.js';
import { resultOf } from '../figures/result-of.js';
import type { StepsReply, TrainingSetup } from '../inputs/training-setup.js';
import { withNet } from '../inputs/with-net.js';
import { NETS, type NetName } from '../nets/nets.js';

interface StepCase {
  readonly title: string;
  readonly net: NetName;
  readonly batch: number;
  /** Steps whose losses are compared; they also warm up. */
  readonly compared: number;
  readonly rounds: number;
  /** So many that those behind somebody else's turn, with cold caches, are few. */
  readonly stepsPerRound: number;
  /** Whether participants do not fit into memory together. */
  readonly alone: boolean;
  /** Contestants that are reported as missing, and why. */
  readonly leftOut?: Readonly<Record<string, string>>;
}

const SMALL = { net: 'three-blocks', compared: 5, rounds: 9, alone: false } as const;

const CASES: readonly StepCase[] = [
  { ...SMALL, title: 'three blocks, batch 16', batch: 16, stepsPerRound: 24 },
  { ...SMALL, title: 'three blocks, batch 128', batch: 128, stepsPerRound: 10 },
  { ...SMALL, title: 'three blocks, batch 256', batch: 256, stepsPerRound: 6 },
  { ...SMALL, title: 'nf_resnet26, batch 8', net: 'nf-resnet26', batch: 8, rounds: 6, stepsPerRound: 2 },
  {
    title: 'nfnet_f0, batch 8',
    net: 'nfnet-f0',
    batch: 8,
    compared: 3,
    rounds: 2,
    stepsPerRound: 3,
    alone: true,
    leftOut: {
      eager: 'left out: 9 GB and minutes (`memory` runs it)',
      'compiled with XLA': 'left out: minutes to compile',
      'torch.compile': 'left out: minutes to compile',
    },
  },
];

/** Those who compute in one precision: ours are set against these peers alone. */
interface Group {
  readonly own: readonly Contestant[];
  readonly peers: readonly Contestant[];
  /** Largest allowed difference of a loss. */
  readonly tolerance: number;
}

/** Timed steps hardly move the weights, so that all are timed at the same values. */
const TIMED_LEARNING_RATE = 1e-4;

/** One training step of the same net from the same weights: ours and PyTorch's. */
const benchmarkStep: Bench = async ({ quick, only, without = [] }) => {
  const cases: BenchCase[] = [];
  for (const stepCase of quick ? [{ ...CASES[0]!, rounds: 2 }] : CASES.filter(({ title }) => title.includes(only))) {
    console.error(`step: ${stepCase.title}`);
    cases.push(...(await withNet(stepCase.net, stepCase.batch, (setup) => runCase(stepCase, setup, without))));
  }
  return resultOf(cases);
};
export default benchmarkStep;

async function runCase(
  { title, net, compared, rounds, stepsPerRound, alone, leftOut = {} }: StepCase,
  setup: TrainingSetup,
  without: readonly string[],
): Promise<BenchCase[]> {
  const float32: Group = {
    own: [
      ours('eager', 'native', 'eager', setup),
      ours('compiled', 'native', 'compiled', setup),
      ours('compiled with XLA', 'native', 'xla', setup),
    ],
    peers: [
      pytorch('PyTorch', 'default', setup),
      pytorch('PyTorch, channels last', 'channels-last', setup),
      pytorch('torch.compile', 'compile', setup),
    ],
    tolerance: TOLERANCE,
  };
  const bfloat16: Group = {
    own: [ours('compiled, bfloat16', 'native', 'bfloat16', setup)],
    peers: [
      pytorch('PyTorch, autocast bfloat16', 'autocast', setup),
      pytorch('PyTorch, channels last, autocast bfloat16', 'autocast-channels-last', setup),
    ],
    tolerance: BFLOAT16_TOLERANCE,
  };
  const groups = [float32, bfloat16];
  const all = [...groups.flatMap(({ own }) => own), ...groups.flatMap(({ peers }) => peers)];
  const orLeaveOut = (each: Contestant): Contestant => ({
    ...each,
    command: without.includes(each.name) ? 'left out of this run' : (leftOut[each.name] ?? each.command),
  });
  const losses = new Map<string, readonly number[]>();
  const outcomes = await takeTurns<readonly number[]>(all.map(orLeaveOut), {
    rounds,
    alone,
    async open(participant, name) {
      const question = { steps: compared, clip: true, learningRate: NETS[net].learningRate };
      losses.set(name, (await participant.ask<StepsReply>(question)).losses);
      await participant.ask<StepsReply>({ steps: stepsPerRound, clip: true, learningRate: TIMED_LEARNING_RATE });
    },
    async round(participant) {
      const question = { steps: stepsPerRound, clip: true, learningRate: TIMED_LEARNING_RATE };
      return (await participant.ask<StepsReply>(question)).milliseconds;
    },
  });
  // float32's before bfloat16's, PyTorch's before ours.
  const reference = groups.flatMap(({ own, peers }) => [...peers, ...own]).find(({ name }) => losses.has(name))?.name;
  return groups.flatMap((group) => casesOf(title, group, reference, outcomes, losses));
}

function casesOf(
  title: string,
  { own, peers, tolerance }: Group,
  reference: string | undefined,
  outcomes: ReadonlyMap<string, Outcome<readonly number[]>>,
  losses: ReadonlyMap<string, readonly number[]>,
): BenchCase[] {
  const differenceOf = (name: string) => lossDifference(losses.get(name)!, losses.get(reference!)!);
  const wrong = [...own, ...peers]
    .map(({ name }) => name)
    .filter((name) => losses.has(name) && !(differenceOf(name) <= tolerance));
  const peerFigures = Object.fromEntries(peers.map(({ name }) => [name, medianOf(outcomes.get(name)!)]));
  const versions = peers.flatMap(({ name }) => {
    const outcome = outcomes.get(name)!;
    return 'version' in outcome ? [outcome.version] : [];
  });
  return own.map(({ name }) => {
    const outcome = outcomes.get(name)!;
    const figure = medianOf(outcome);
    const failures = wrong
      .filter((each) => each === name || peers.some((peer) => peer.name === each))
      .map(
        (each) => `the losses of ${each} differ from those of ${reference} by ${differenceOf(each).toExponential(1)}`,
      );
    if ('failed' in outcome) failures.push(outcome.failed);
    return benchCase(`${title}: ${name}`, typeof figure === 'number' ? figure : null, peerFigures, {
      ...(losses.has(name)
        ? {
            lossDifference: Number(differenceOf(name).toPrecision(2)),
            losses: losses.get(name)!,
            referenceLosses: losses.get(reference!)!,
          }
        : {}),
      versions: [...new Set(versions)].join('; '),
      ...('missing' in outcome ? { missing: outcome.missing } : {}),
      ...(failures.length > 0 ? { failure: failures.join('; ') } : {}),
    });
  });
}

import { lossDifference, TOLERANCE } from '../contest/compare-losses.js';
import { medianOf } from '../contest/median-of.js';
import { type Contestant, type Outcome, takeTurns } from '../contest/take-turns.js';
import { benchCase } from '../figures/bench-case.js';
import type { Bench, BenchCase, PeerFigure } from '../figures/bench-result.js';
import { resultOf } from '../figures/result-of.js';
import type { StepsReply, TrainingSetup } from '../inputs/training-setup.js';
import { withNet } from '../inputs/with-net.js';
import { NETS, type NetName } from '../nets/nets.js';
import { ourChild } from '../processes/our-child.js';
import { pinnedProcesses } from '../processes/pinned-processes.js';
import { pythonPeer } from '../processes/python-peer.js';

interface ParallelCase {
  readonly title: string;
  readonly net: NetName;
  /** Samples of the batch that one process and two have, and of each process's part where each has as much as one alone. */
  readonly batch: number;
  /** Steps whose losses are compared; they also warm up. */
  readonly compared: number;
  readonly rounds: number;
  readonly stepsPerRound: number;
  /** Whether participants do not fit into memory together. */
  readonly alone: boolean;
  /** Whether PyTorch has channels last: what is faster of the two for the net. */
  readonly channelsLast: boolean;
}

const CASES: readonly ParallelCase[] = [
  {
    ...{ title: 'three blocks', net: 'three-blocks', batch: 128, compared: 5 },
    ...{ rounds: 8, stepsPerRound: 10, alone: false, channelsLast: false },
  },
  {
    ...{ title: 'nf_resnet26', net: 'nf-resnet26', batch: 8, compared: 3 },
    ...{ rounds: 5, stepsPerRound: 3, alone: true, channelsLast: true },
  },
  {
    ...{ title: 'nfnet_f0', net: 'nfnet-f0', batch: 8, compared: 2 },
    ...{ rounds: 3, stepsPerRound: 2, alone: true, channelsLast: true },
  },
];

/** How many processes share how many batches. */
interface Way {
  readonly processes: number;
  readonly batches: number;
  readonly name: string;
}

const ONE: Way = { processes: 1, batches: 1, name: '1 process' };
const WAYS: readonly Way[] = [
  ONE,
  { processes: 2, batches: 1, name: '2 processes share the batch' },
  { processes: 2, batches: 2, name: '2 processes, a batch each' },
];

const TIMED_LEARNING_RATE = 1e-4;

/** One training step on one core and on two, a process on each; beside PyTorch's DistributedDataParallel with gloo. */
const benchmarkParallel: Bench = async ({ quick, only, without = [] }) => {
  const cases: BenchCase[] = [];
  const small = { ...CASES[0]!, batch: 32, rounds: 2, stepsPerRound: 3 };
  for (const each of quick ? [small] : CASES.filter(({ title }) => title.includes(only))) {
    console.error(`parallel: ${each.title}`);
    // The images of two batches, of which one process takes the first.
    cases.push(...(await withNet(each.net, 2 * each.batch, (setup) => runCase(each, setup, without))));
  }
  return resultOf(cases);
};
export default benchmarkParallel;

/** Ports at which the processes of the contestants meet, of each its own. */
let nextPort = 24_100;

async function runCase(each: ParallelCase, setup: TrainingSetup, without: readonly string[]): Promise<BenchCase[]> {
  const { net, batch, compared, rounds, stepsPerRound, alone, channelsLast } = each;
  const contestants = WAYS.flatMap((way): Contestant[] => {
    const port = nextPort;
    nextPort += 10;
    const samples = way.batches * batch;
    const args = (index: number, at: number, given: object) =>
      [given, samples, at, index, way.processes].map((word) => JSON.stringify(word));
    const ours = pinnedProcesses(way.processes, (index) => ourChild('parallel-steps.ts', args(index, port, setup)));
    const torch = pinnedProcesses(way.processes, (index) =>
      pythonPeer('torch_ddp.py', args(index, port + 5, { ...setup, channelsLast })),
    );
    return [
      { name: `ours, ${way.name}`, command: ours },
      { name: `PyTorch, ${way.name}`, command: without.includes('PyTorch') ? 'left out of this run' : torch },
    ];
  });
  const losses = new Map<string, readonly number[]>();
  const outcomes = await takeTurns<readonly number[]>(contestants, {
    rounds,
    alone,
    async open(participant, name) {
      const question = { steps: compared, clip: true, learningRate: NETS[net].learningRate };
      losses.set(name, (await participant.ask<StepsReply>(question)).losses);
    },
    async round(participant) {
      const question = { steps: stepsPerRound, clip: true, learningRate: TIMED_LEARNING_RATE };
      return (await participant.ask<StepsReply>(question)).milliseconds;
    },
  });
  const alone1 = medianOf(outcomes.get(`ours, ${ONE.name}`)!);
  return WAYS.map((way) => caseOf(each, way, { outcomes, losses, alone: alone1 }));
}

function caseOf(
  { title, batch }: ParallelCase,
  { name, processes, batches }: Way,
  {
    outcomes,
    losses,
    alone,
  }: {
    readonly outcomes: ReadonlyMap<string, Outcome<readonly number[]>>;
    readonly losses: ReadonlyMap<string, readonly number[]>;
    readonly alone: PeerFigure;
  },
): BenchCase {
  const [ours, torch] = [`ours, ${name}`, `PyTorch, ${name}`];
  const figure = medianOf(outcomes.get(ours)!);
  const outcome = outcomes.get(ours)!;
  const samples = batches * batch;
  // Of two processes on one batch against one on it; of one batch, or of two.
  const references = [torch, ...(batches === 1 && processes > 1 ? [`ours, ${ONE.name}`] : [])];
  const differences = references.flatMap((reference) =>
    losses.has(ours) && losses.has(reference) ? [lossDifference(losses.get(ours)!, losses.get(reference)!)] : [],
  );
  const difference = Math.max(0, ...differences);
  const failures = difference <= TOLERANCE ? [] : [`the losses differ by ${difference.toExponential(1)}`];
  if ('failed' in outcome) failures.push(outcome.failed);
  const isMeasured = typeof figure === 'number' && typeof alone === 'number';
  const times = isMeasured ? (batches * alone) / figure : undefined;
  return benchCase(
    `${title}, batch ${samples}: ${name}`,
    typeof figure === 'number' ? figure : null,
    { [processes === 1 ? 'PyTorch' : 'PyTorch, DistributedDataParallel with gloo']: medianOf(outcomes.get(torch)!) },
    {
      ...(typeof figure === 'number' && {
        samplesPerSecondAndCore: Number(((1000 * samples) / figure / processes).toPrecision(3)),
      }),
      ...(times !== undefined && processes > 1 && { timesOneProcess: Number(times.toPrecision(3)) }),
      lossDifference: Number(difference.toPrecision(2)),
      ...('version' in outcomes.get(torch)! && { versions: (outcomes.get(torch) as { version: string }).version }),
      ...('missing' in outcome ? { missing: outcome.missing } : {}),
      ...(failures.length > 0 ? { failure: failures.join('; ') } : {}),
    },
  );
}

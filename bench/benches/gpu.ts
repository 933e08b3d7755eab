import { useBackend } from '@nfnets/backends';
import { lossDifference, TOLERANCE } from '../contest/compare-losses.js';
import { ours } from '../contest/contestants.js';
import { medianOf } from '../contest/median-of.js';
import { takeTurns } from '../contest/take-turns.js';
import { benchCase } from '../figures/bench-case.js';
import type { Bench, BenchCase } from '../figures/bench-result.js';
import { resultOf } from '../figures/result-of.js';
import type { StepsReply, TrainingSetup } from '../inputs/training-setup.js';
import { withNet } from '../inputs/with-net.js';
import { NETS, type NetName } from '../nets/nets.js';

interface GpuCase {
  readonly net: NetName;
  readonly batch: number;
  /** Engines of the same machine that are not hopeless at this size. */
  readonly peers: readonly ('wasm' | 'native')[];
  readonly rounds: number;
  readonly stepsPerRound: number;
}

const CASES: readonly GpuCase[] = [
  { net: 'nfnet-digits', batch: 256, peers: ['wasm', 'native'], rounds: 7, stepsPerRound: 4 },
  { net: 'nfnet-digits', batch: 1024, peers: ['wasm', 'native'], rounds: 5, stepsPerRound: 2 },
  { net: 'nfnet-f0', batch: 8, peers: ['native'], rounds: 5, stepsPerRound: 2 },
  { net: 'nfnet-f0', batch: 32, peers: [], rounds: 5, stepsPerRound: 2 },
];
const QUICK_CASES: readonly GpuCase[] = [
  { net: 'nfnet-digits', batch: 4, peers: ['wasm'], rounds: 1, stepsPerRound: 1 },
];

/** Steps whose losses are compared; shaders, graphs and hot code are compiled during them. */
const COMPARED = 3;

/**
 * Milliseconds of a training step with clipping through WebGPU, against the other engines of the same machine.
 *
 * Wants a graphics card: an adapter in software is measured only with `--force`, to see that this runs.
 */
const benchmarkGpu: Bench = async ({ quick }) => {
  const missing = process.argv.includes('--force') ? undefined : await whatIsMissing();
  if (missing !== undefined) return resultOf([benchCase('a graphics card', null, {}, { missing })]);
  const cases: BenchCase[] = [];
  for (const each of quick ? QUICK_CASES : CASES) {
    console.error(`gpu: ${each.net}, batch ${each.batch}`);
    cases.push(await withNet(each.net, each.batch, (setup) => runCase(each, setup)));
  }
  return resultOf(cases);
};
export default benchmarkGpu;

async function whatIsMissing(): Promise<string | undefined> {
  const loadNative = () => Promise.reject(new Error('not asked for'));
  // `auto` takes webgpu on a real card only.
  const { tried } = await useBackend('auto', { loadNative });
  return tried.find(({ engine }) => engine === 'webgpu')?.reason;
}

async function runCase(
  { net, batch, peers, rounds, stepsPerRound }: GpuCase,
  setup: TrainingSetup,
): Promise<BenchCase> {
  const contestants = [
    ours('webgpu', 'webgpu', 'eager', setup),
    ...peers.map((engine) => ours(engine, engine, engine === 'native' ? 'compiled' : 'eager', setup)),
  ];
  const losses = new Map<string, readonly number[]>();
  const outcomes = await takeTurns<readonly number[]>(contestants, {
    rounds,
    alone: false,
    async open(participant, name) {
      const question = { steps: COMPARED, clip: true, learningRate: NETS[net].learningRate };
      losses.set(name, (await participant.ask<StepsReply>(question)).losses);
    },
    async round(participant) {
      const question = { steps: stepsPerRound, clip: true, learningRate: 1e-4 };
      return (await participant.ask<StepsReply>(question)).milliseconds;
    },
  });

  const { webgpu: figure, ...peerFigures } = Object.fromEntries(
    [...outcomes].map(([name, outcome]) => [name, medianOf(outcome)]),
  );
  const [own, ...others] = contestants.map(({ name }) => losses.get(name));
  const apart = others.filter((each) => own && each).map((each) => lossDifference(own!, each!));
  const isWrong = apart.some((difference) => !(difference <= TOLERANCE));
  return benchCase(`${net}, batch ${batch}`, typeof figure === 'number' ? figure : null, peerFigures, {
    ...(apart.length > 0 ? { lossDifference: Math.max(...apart) } : {}),
    ...(isWrong ? { failure: 'the losses of webgpu are not those of the other engines' } : {}),
    ...(typeof figure === 'object' ? { missing: figure.missing } : {}),
  });
}

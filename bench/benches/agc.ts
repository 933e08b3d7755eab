import type { Engine } from '@nfnets/backends';
import type { Variant } from '../children/training-steps.js';
import { clippingShare, type Pair, timePairs } from '../contest/clipping-pairs.js';
import { jax, ours, pytorch } from '../contest/contestants.js';
import { takeTurns } from '../contest/take-turns.js';
import { benchCase } from '../figures/bench-case.js';
import type { Bench, BenchCase } from '../figures/bench-result.js';
import { median } from '../figures/median.js';
import { resultOf } from '../figures/result-of.js';
import { STEP_KINDS, type StepKind } from '../inputs/step-kinds.js';
import type { TrainingSetup } from '../inputs/training-setup.js';
import { withNet } from '../inputs/with-net.js';
import type { NetName } from '../nets/nets.js';
import { ourChild } from '../processes/our-child.js';
import { MissingError, Participant } from '../processes/participant.js';

interface ClippingCase {
  readonly title: string;
  readonly net: NetName;
  readonly batch: number;
  readonly engine: Engine;
  readonly variants: readonly Variant[];
  readonly peers: readonly ('timm' | 'optax')[];
  readonly rounds: number;
  readonly pairsPerRound: number;
  /** Whether participants do not fit into memory together. */
  readonly alone: boolean;
}

const NATIVE = { engine: 'native', variants: ['eager', 'compiled'], peers: ['timm'], alone: false } as const;
const SMALL = { ...NATIVE, net: 'three-blocks', peers: ['timm', 'optax'], rounds: 25, pairsPerRound: 4 } as const;
const WASM = { engine: 'wasm', variants: ['eager'], peers: [], alone: false, rounds: 1 } as const;

const CASES: readonly ClippingCase[] = [
  { ...SMALL, title: 'three blocks, batch 16', batch: 16 },
  { ...SMALL, title: 'three blocks, batch 128', batch: 128 },
  { ...SMALL, title: 'three blocks, batch 256', batch: 256, rounds: 15 },
  { ...NATIVE, title: 'nf_resnet26, batch 8', net: 'nf-resnet26', batch: 8, rounds: 8, pairsPerRound: 1 },
  {
    ...NATIVE,
    title: 'nfnet_f0, batch 8',
    net: 'nfnet-f0',
    batch: 8,
    variants: ['compiled'],
    rounds: 2,
    pairsPerRound: 3,
    alone: true,
  },
  { ...WASM, title: 'nfnet_digits, batch 64, wasm', net: 'nfnet-digits', batch: 64, pairsPerRound: 41 },
  { ...WASM, title: 'nfnet_digits, batch 256, wasm', net: 'nfnet-digits', batch: 256, pairsPerRound: 21 },
  { ...WASM, title: 'nfnet_digits, batch 1024, wasm', net: 'nfnet-digits', batch: 1024, pairsPerRound: 11 },
];

interface PairsCase {
  readonly title: string;
  readonly net: NetName;
  readonly batch: number;
  readonly engine: Engine;
  /** Steps of the kind that is measured, each with one of the other beside it. */
  readonly pairs: number;
}

const STATS_CASES: readonly PairsCase[] = [
  {
    title: 'three blocks, batch 16: clipStats, compiled',
    net: 'three-blocks',
    batch: 16,
    engine: 'native',
    pairs: 200,
  },
  {
    title: 'three blocks, batch 128: clipStats, compiled',
    net: 'three-blocks',
    batch: 128,
    engine: 'native',
    pairs: 60,
  },
  { title: 'nf_resnet26, batch 8: clipStats, compiled', net: 'nf-resnet26', batch: 8, engine: 'native', pairs: 12 },
  { title: 'nfnet_digits, batch 64, wasm: clipStats', net: 'nfnet-digits', batch: 64, engine: 'wasm', pairs: 60 },
  { title: 'nfnet_digits, batch 256, wasm: clipStats', net: 'nfnet-digits', batch: 256, engine: 'wasm', pairs: 20 },
];

const KIND_NETS: readonly PairsCase[] = [
  { title: 'three blocks, batch 128', net: 'three-blocks', batch: 128, engine: 'native', pairs: 80 },
  { title: 'nf_resnet26, batch 8', net: 'nf-resnet26', batch: 8, engine: 'native', pairs: 24 },
];
const KIND_CASES = KIND_NETS.flatMap((each) =>
  STEP_KINDS.map((kind) => ({ ...each, kind, title: `${each.title}: ${kind}, compiled` })),
);

/** What adaptive clipping costs, as a share of the step. */
const benchmarkClipping: Bench = async ({ quick, only }) => {
  const cases: BenchCase[] = [];
  for (const each of quick ? [{ ...CASES[0]!, rounds: 2 }] : CASES.filter(({ title }) => title.includes(only))) {
    console.error(`agc: ${each.title}`);
    cases.push(...(await withNet(each.net, each.batch, (setup) => runCase(each, setup))));
  }
  for (const each of quick ? [] : STATS_CASES.filter(({ title }) => title.includes(only))) {
    console.error(`agc: ${each.title}`);
    cases.push(await runStatsCase(each));
  }
  for (const each of quick ? [] : KIND_CASES.filter(({ title }) => title.includes(only))) {
    console.error(`agc: ${each.title}`);
    cases.push(await runKindCase(each));
  }
  return resultOf(cases);
};
export default benchmarkClipping;

/** What `clipStats` of every layer costs, in percent of a clipping step that measures them. */
async function runStatsCase(each: PairsCase): Promise<BenchCase> {
  return runPairs(each, 'clip-stats-steps.ts', [], ({ measured, plain }) => shareOf(costOf(measured, plain), measured));
}

/** What steps of another kind take more than plain ones by SGD, in percent of these. */
async function runKindCase(each: PairsCase & { readonly kind: StepKind }): Promise<BenchCase> {
  return runPairs(each, 'optimizer-steps.ts', [each.kind], ({ measured, plain }) =>
    shareOf(costOf(measured, plain), plain),
  );
}

/** From the differences within pairs, so that slow minutes cancel. */
const costOf = (more: readonly number[], less: readonly number[]) => median(more.map((each, i) => each - less[i]!));
const shareOf = (cost: number, of: readonly number[]) => (100 * cost) / median(of);

async function runPairs(
  { title, net, batch, engine, pairs }: PairsCase,
  child: string,
  more: readonly string[],
  share: (milliseconds: Readonly<Record<'measured' | 'plain', number[]>>) => number,
): Promise<BenchCase> {
  const participant = new Participant(ourChild(child, [engine, net, String(batch), String(pairs), ...more]));
  try {
    const milliseconds = await participant.reply<Record<'measured' | 'plain', number[]>>();
    const { measured, plain } = milliseconds;
    return benchCase(
      title,
      share(milliseconds),
      {},
      { milliseconds: { measured: median(measured), plain: median(plain) } },
    );
  } catch (error) {
    if (!(error instanceof MissingError)) throw error;
    return benchCase(title, null, {}, { missing: error.message });
  } finally {
    await participant.close();
  }
}

async function runCase(
  { title, engine, variants, peers, rounds, pairsPerRound, alone }: ClippingCase,
  setup: TrainingSetup,
): Promise<BenchCase[]> {
  const contestants = [
    ...variants.map((variant) => ours(variant, engine, variant, setup)),
    ...peers.map((peer) => (peer === 'timm' ? pytorch(peer, 'default', setup) : jax(peer, setup))),
  ];
  const outcomes = await takeTurns<readonly Pair[]>(contestants, {
    rounds,
    alone,
    // The first step of either kind compiles.
    open: async (participant) => void (await timePairs(participant, Math.min(2, pairsPerRound))),
    round: (participant) => timePairs(participant, pairsPerRound),
  });
  const peerFigures = Object.fromEntries(peers.map((peer) => [peer, clippingShare(outcomes.get(peer)!)]));
  const versions = peers.flatMap((peer) => {
    const outcome = outcomes.get(peer)!;
    return 'version' in outcome ? [outcome.version] : [];
  });
  return variants.map((variant) => {
    const outcome = outcomes.get(variant)!;
    const share = clippingShare(outcome);
    return benchCase(`${title}: ${variant}`, typeof share === 'number' ? share : null, peerFigures, {
      milliseconds: Object.fromEntries(
        [...outcomes].flatMap(([name, each]) => ('rounds' in each ? [[name, millisecondsOf(each.rounds.flat())]] : [])),
      ),
      versions: versions.join('; '),
      ...('missing' in outcome ? { missing: outcome.missing } : {}),
      ...('failed' in outcome ? { failure: outcome.failed } : {}),
    });
  });
}

function millisecondsOf(pairs: readonly Pair[]): { readonly clipped: number; readonly unclipped: number } {
  const medianOf = (values: number[]) => Number(median(values).toPrecision(4));
  return { clipped: medianOf(pairs.map(([clipped]) => clipped)), unclipped: medianOf(pairs.map(([, plain]) => plain)) };
}

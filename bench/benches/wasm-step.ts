import { availableParallelism } from 'node:os';
import { clippingShare, type Pair, timePairs } from '../contest/clipping-pairs.js';
import { lossDifference } from '../contest/compare-losses.js';
import { earlierOnWasm, jaxJs, ours, oursOnWasm, pytorch } from '../contest/contestants.js';
import { type Contestant, type Outcome, takeTurns } from '../contest/take-turns.js';
import { benchCase } from '../figures/bench-case.js';
import type { Bench, BenchCase, PeerFigure } from '../figures/bench-result.js';
import { median } from '../figures/median.js';
import { resultOf } from '../figures/result-of.js';
import type { StepsQuestion, StepsReply, TrainingSetup } from '../inputs/training-setup.js';
import { withNet } from '../inputs/with-net.js';
import { NETS, type NetName } from '../nets/nets.js';
import { threadsOf } from '../report/wasm-figures.js';

interface StepCase {
  readonly title: string;
  readonly net: NetName;
  readonly batch: number;
  /** Whether its steps clip. */
  readonly clip: boolean;
  /** Steps of ours before the timed ones: V8 compiles what is hot again and again in the first fifty. */
  readonly warmUp: number;
  readonly rounds: number;
  readonly stepsPerRound: number;
  /** Rounds of jax-js, whose steps take seconds. */
  readonly jaxRounds?: number;
}

const DIGITS = { net: 'nfnet-digits', clip: true, warmUp: 100, rounds: 9 } as const;

const CASES: readonly StepCase[] = [
  { ...DIGITS, title: 'nfnet_digits, batch 64', batch: 64, stepsPerRound: 24, jaxRounds: 2 },
  { ...DIGITS, title: 'nfnet_digits, batch 256', batch: 256, stepsPerRound: 10 },
  { ...DIGITS, title: 'nfnet_digits, batch 1024', batch: 1024, rounds: 7, stepsPerRound: 4 },
  { ...DIGITS, title: 'resnet_digits, batch 64', net: 'resnet-digits', batch: 64, clip: false, stepsPerRound: 24 },
  {
    ...DIGITS,
    title: 'convnet with Adam, batch 32',
    net: 'convnet',
    batch: 32,
    clip: false,
    stepsPerRound: 24,
    jaxRounds: 3,
  },
  {
    ...DIGITS,
    title: 'nf_resnet26 at 64 pixels, batch 8',
    net: 'nf-resnet26-64',
    batch: 8,
    warmUp: 30,
    stepsPerRound: 4,
  },
];

/** The batches whose first steps are timed too. */
const COLD_CASES = CASES.filter(({ net }) => net === 'nfnet-digits');
const COLD_STEPS = 50;
const COLD_ROUNDS = 3;

/** The last commit on which every step ran op by op on this backend: what compiled steps are to be faster than. */
const EARLIER = '7a8cecc';
const EAGER = `eager at ${EARLIER}`;
const NATIVE = 'native';
const PYTORCH = 'PyTorch';
const JAX_JS = 'jax-js';

/** What tells figures of newer engines, which have relaxed SIMD, from those of Node 20. */
const NODE = process.versions.node.split('.')[0]!;
const OF_NODE = NODE === '20' ? '' : `, Node ${NODE}`;

/** Numbers of threads that are measured where there are as many cores. */
const THREADS = [1, 2].filter((count) => count <= availableParallelism());
const MOST_THREADS = THREADS.at(-1)!;
const on = (who: string, threads: number) => `${who}, ${threadsOf(threads)}`;

/** Steps whose losses are compared, and the largest allowed difference. */
const COMPARED = 5;
const TOLERANCE = 1e-4;

/** Steps of libraries in C++ before the timed ones. */
const OTHERS_WARM_UP = 20;

/** Timed steps hardly move the weights, so that all are timed at the same values. */
const TIMED_LEARNING_RATE = 1e-6;

/** Whole training steps on WebAssembly: ours compiled, as they were before, on native; PyTorch's and jax-js's. */
const benchmarkWasmStep: Bench = async ({ quick, only, without = [] }) => {
  const wanted = (title: string) => !quick && title.includes(only);
  const leaveOut = (each: Contestant): Contestant =>
    without.includes(each.name) ? { ...each, command: 'left out of this run' } : each;
  const cases: BenchCase[] = [];
  const measure = async (
    title: string,
    { net, batch }: StepCase,
    run: (setup: TrainingSetup) => Promise<BenchCase[]>,
  ) => {
    console.error(`wasm-step: ${title}`);
    cases.push(...(await withNet(net, batch, run)));
  };
  const quickCase = { ...CASES[0]!, warmUp: 5, rounds: 2, stepsPerRound: 4, jaxRounds: 1 };
  for (const each of quick ? [quickCase] : CASES.filter(({ title }) => wanted(`${title}, warm`))) {
    const title = `${each.title}, warm`;
    await measure(title, each, (setup) => runWarm(title, each, setup, leaveOut));
  }
  for (const each of COLD_CASES) {
    const title = `${each.title}, first ${COLD_STEPS} steps`;
    if (wanted(title)) await measure(title, each, (setup) => runCold(title, each, setup, leaveOut));
  }
  const share = `${CASES[0]!.title}, adaptive clipping in percent`;
  if (wanted(share)) await measure(share, CASES[0]!, (setup) => runClipping(share, setup, leaveOut));
  const versions = [
    `Node ${process.version}`,
    ...new Set(cases.flatMap(({ extra }) => extra!['versions'] as string[])),
  ];
  return resultOf(
    cases.map((each) => ({
      ...each,
      name: `${each.name}${OF_NODE}`,
      extra: { ...each.extra, versions: versions.join('; ') },
    })),
  );
};
export default benchmarkWasmStep;

/** What a contestant did in its turn. */
type Turn = Pick<StepsReply, 'milliseconds' | 'isCompiled' | 'eagerKernels' | 'megabytes'>;
type Outcomes = ReadonlyMap<string, Outcome<Turn>>;

async function runWarm(
  title: string,
  { net, clip, warmUp, rounds, stepsPerRound, jaxRounds }: StepCase,
  setup: TrainingSetup,
  leaveOut: (each: Contestant) => Contestant,
): Promise<BenchCase[]> {
  const contestants = [
    ...THREADS.map((threads) => oursOnWasm(on('compiled', threads), 'compiled', threads, setup)),
    ...THREADS.map((threads) => earlierOnWasm(on(EAGER, threads), EARLIER, threads, setup)),
    ours(NATIVE, 'native', 'compiled', setup),
    ...THREADS.map((threads) => pytorch(on(PYTORCH, threads), 'default', setup, threads)),
    ...(jaxRounds === undefined ? [] : [jaxJs(JAX_JS, setup)]),
  ].map(leaveOut);
  const losses = new Map<string, readonly number[]>();
  const outcomes = await takeTurns<Turn>(contestants, {
    rounds,
    alone: false,
    async open(participant, name) {
      const question: StepsQuestion = { steps: COMPARED, clip, learningRate: NETS[net].learningRate };
      losses.set(name, (await participant.ask<StepsReply>(question)).losses);
      if (name === JAX_JS) return;
      const isJavaScript = name !== NATIVE && !name.startsWith(PYTORCH);
      const steps = isJavaScript ? warmUp : Math.min(warmUp, OTHERS_WARM_UP);
      await participant.ask<StepsReply>({ steps, clip, learningRate: TIMED_LEARNING_RATE });
    },
    async round(participant, name, round) {
      if (name === JAX_JS && round >= jaxRounds!) return { milliseconds: [] };
      const steps = name === JAX_JS ? 1 : stepsPerRound;
      return participant.ask<StepsReply>({ steps, clip, learningRate: TIMED_LEARNING_RATE });
    },
  });
  const figureOf = (name: string) =>
    figure(outcomes, name, (turns) => median(turns.flatMap((turn) => turn.milliseconds)));
  // PyTorch's before ours.
  const reference = [...contestants].reverse().find(({ name }) => name !== JAX_JS && losses.has(name))?.name;
  const caseOf = (what: string, name: string, peers: Readonly<Record<string, string>>) => {
    const those = Object.fromEntries(
      Object.entries(peers)
        .filter(([, who]) => outcomes.has(who))
        .map(([peer, who]) => [peer, figureOf(who)]),
    );
    const failures = lossFailures([name, ...Object.values(peers)], losses, reference);
    return stepCase(`${title}: ${what}`, outcomes, name, figureOf(name), those, failures);
  };
  const megabytes = (name: string) => figure(outcomes, name, (turns) => turns.at(-1)!.megabytes!);
  return [
    ...THREADS.map((threads) =>
      caseOf(on('compiled', threads), on('compiled', threads), {
        [EAGER]: on(EAGER, threads),
        [PYTORCH]: on(PYTORCH, threads),
        [JAX_JS]: JAX_JS,
      }),
    ),
    caseOf('native', NATIVE, { [PYTORCH]: on(PYTORCH, MOST_THREADS) }),
    ...THREADS.map((threads) =>
      stepCase(
        `${title}: megabytes, ${threadsOf(threads)}`,
        outcomes,
        on('compiled', threads),
        megabytes(on('compiled', threads)),
        { [EAGER]: megabytes(on(EAGER, threads)) },
      ),
    ),
  ];
}

/** The mean of the first steps of a process, with what it takes to record and compile them. */
async function runCold(
  title: string,
  { clip }: StepCase,
  setup: TrainingSetup,
  leaveOut: (each: Contestant) => Contestant,
): Promise<BenchCase[]> {
  const contestants = THREADS.flatMap((threads) => [
    oursOnWasm(on('compiled', threads), 'compiled', threads, setup),
    earlierOnWasm(on(EAGER, threads), EARLIER, threads, setup),
  ]);
  const outcomes = await takeTurns<Turn>(contestants.map(leaveOut), {
    rounds: COLD_ROUNDS,
    alone: true,
    open: async () => {},
    round: (participant) => participant.ask<StepsReply>({ steps: COLD_STEPS, clip, learningRate: TIMED_LEARNING_RATE }),
  });
  const sum = (values: readonly number[]) => values.reduce((total, each) => total + each, 0);
  const figureOf = (name: string) =>
    figure(outcomes, name, (turns) => median(turns.map(({ milliseconds }) => sum(milliseconds) / milliseconds.length)));
  return THREADS.map((threads) => {
    const name = on('compiled', threads);
    const eager = on(EAGER, threads);
    return stepCase(`${title}: ${name}`, outcomes, name, figureOf(name), { [EAGER]: figureOf(eager) });
  });
}

async function runClipping(
  title: string,
  setup: TrainingSetup,
  leaveOut: (each: Contestant) => Contestant,
): Promise<BenchCase[]> {
  const [name, eager] = [on('compiled', MOST_THREADS), on(EAGER, MOST_THREADS)];
  const contestants = [
    oursOnWasm(name, 'compiled', MOST_THREADS, setup),
    earlierOnWasm(eager, EARLIER, MOST_THREADS, setup),
  ].map(leaveOut);
  const outcomes = await takeTurns<readonly Pair[]>(contestants, {
    rounds: 15,
    alone: false,
    open: async (participant) => void (await timePairs(participant, 60)),
    round: (participant) => timePairs(participant, 10),
  });
  const peers = { [EAGER]: clippingShare(outcomes.get(eager)!) };
  return [stepCase(`${title}: ${name}`, outcomes, name, clippingShare(outcomes.get(name)!), peers)];
}

/** The figure that `of` makes of a contestant's turns, or why there is none. */
function figure(outcomes: Outcomes, name: string, of: (turns: readonly Turn[]) => number): PeerFigure {
  const outcome = outcomes.get(name)!;
  if ('missing' in outcome) return { missing: outcome.missing };
  if ('failed' in outcome) return { missing: `failed: ${outcome.failed}` };
  return of(outcome.rounds);
}

/** Which of `names` had other losses than `reference`. */
function lossFailures(
  names: readonly string[],
  losses: ReadonlyMap<string, readonly number[]>,
  reference: string | undefined,
): string[] {
  return names.flatMap((name) => {
    if (!losses.has(name)) return [];
    const difference = lossDifference(losses.get(name)!, losses.get(reference!)!);
    if (difference <= TOLERANCE) return [];
    return [`the losses of ${name} differ from those of ${reference} by ${difference.toExponential(1)}`];
  });
}

/** A case of ours with its share of each peer's figure, and whether it was one call. */
function stepCase(
  title: string,
  outcomes: ReadonlyMap<string, Outcome<Turn | readonly Pair[]>>,
  name: string,
  own: PeerFigure,
  peers: Readonly<Record<string, PeerFigure>>,
  failures: readonly string[] = [],
): BenchCase {
  const outcome = outcomes.get(name)!;
  const turn = 'rounds' in outcome ? outcome.rounds.at(-1) : undefined;
  const { isCompiled, eagerKernels = {} } = turn !== undefined && 'isCompiled' in turn ? turn : {};
  const left = Object.entries(eagerKernels).map(([kernel, count]) => `${count} ${kernel}`);
  const value = typeof own === 'number' ? own : null;
  const shares = Object.entries(peers).flatMap(([peer, theirs]): [string, number][] =>
    value !== null && typeof theirs === 'number' ? [[peer, Number((value / theirs).toPrecision(3))]] : [],
  );
  const notes = [
    ...(isCompiled === false ? ['not compiled: op by op'] : []),
    ...(left.length > 0 ? [`leaves to tfjs ${left.join(', ')}`] : []),
    ...shares.map(([peer, share]) => `${share} of ${peer}`),
  ];
  const failed = 'failed' in outcome ? [outcome.failed] : [];
  const all = [...failures, ...failed];
  return benchCase(title, value, peers, {
    ...(isCompiled === undefined ? {} : { isCompiled, eagerKernels }),
    shares: Object.fromEntries(shares),
    ...(notes.length > 0 ? { note: notes.join('; ') } : {}),
    versions: [...outcomes.values()].flatMap((each) => ('version' in each ? [each.version] : [])),
    ...('missing' in outcome ? { missing: outcome.missing } : {}),
    ...(all.length > 0 ? { failure: all.join('; ') } : {}),
  });
}

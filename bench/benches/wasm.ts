import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { KernelQuestion, KernelReply } from '../children/kernel-times.js';
import { type Contestant, takeTurns } from '../contest/take-turns.js';
import { benchCase } from '../figures/bench-case.js';
import type { Bench, BenchCase, PeerFigure } from '../figures/bench-result.js';
import { median } from '../figures/median.js';
import { resultOf } from '../figures/result-of.js';
import { KERNEL_CASES, type KernelCase } from '../inputs/kernel-cases.js';
import { ourChild } from '../processes/our-child.js';
import type { Participant } from '../processes/participant.js';
import { threadsOf, type WasmFacts, withFigures } from '../report/wasm-figures.js';

/** Numbers of threads that are measured where there are as many cores. */
const THREADS = [1, 2];

const ROUNDS = 9;

const JAX_JS = 'jax-js';

/** How long each calls a kernel when it is its turn. */
const MILLISECONDS = 60;

/** Calls for warming up: the engine compiles what is hot again and again as it learns about it. */
const WARM_UP_MILLISECONDS = 300;

/**
 * Milliseconds of the kernels of a training step, on one thread and on two, against tfjs's wasm backend as it is shipped and its cpu
 * backend (whose figure of a convolution is that of one image, times their number), and against jax-js where it has them; of a gradient also against the forward
 * convolution of the same shape on as many threads. A whole run also writes the figures into the README of @nfnets/wasm-training.
 */
const benchmarkWasm: Bench = async ({ quick, only }) => {
  const threads = THREADS.filter((count) => count <= availableParallelism());
  const groups = new Map<string, KernelCase[]>();
  for (const each of KERNEL_CASES) {
    const name = each.shape ?? each.name;
    groups.set(name, [...(groups.get(name) ?? []), each]);
  }
  const wanted = [...groups.keys()].filter((name) => name.includes(only));
  const cases: BenchCase[] = [];
  for (const name of quick ? wanted.slice(-1) : wanted) {
    console.error(`wasm: ${name}`);
    const group = groups.get(name)!;
    const figures = await figuresOf(group, threads, quick ? 2 : ROUNDS);
    for (const each of group) {
      for (const count of threads) cases.push(caseOf(each, count, figures));
    }
  }
  const result = resultOf(cases);
  if (!quick && only === '') {
    const readme = new URL('../../packages/wasm-training/README.md', import.meta.url);
    writeFileSync(readme, withFigures(readFileSync(readme, 'utf8'), result));
  }
  return result;
};
export default benchmarkWasm;

/** Medians of each contestant, ours by `threadsOf`, by the case's name; none for a kernel that it does not have. */
type Figures = ReadonlyMap<string, { readonly missing: string } | ReadonlyMap<string, number>>;

async function figuresOf(group: readonly KernelCase[], threads: readonly number[], rounds: number): Promise<Figures> {
  const contestant = (title: string, who: string): Contestant => ({
    name: title,
    command: ourChild('kernel-times.ts', [who]),
  });
  const ask = async (participant: Participant, milliseconds: number) => {
    const times = new Map<string, readonly number[]>();
    for (const { name } of group) {
      const reply = await participant.ask<KernelReply>({ name, milliseconds } satisfies KernelQuestion);
      times.set(name, reply.milliseconds);
    }
    return times;
  };
  const onWasm = [
    ...threads.map((count) => contestant(threadsOf(count), String(count))),
    contestant('tfjs wasm', 'tfjs'),
  ];
  const outcomes = await takeTurns(onWasm, {
    rounds,
    alone: false,
    open: async (participant) => void (await ask(participant, WARM_UP_MILLISECONDS)),
    round: (participant) => ask(participant, MILLISECONDS),
  });
  // Plain JavaScript, which takes seconds even for one image, and jax-js, whose convolutions do, have one turn and no need of more.
  const slow = [contestant('tfjs cpu', 'cpu'), { name: JAX_JS, command: ourChild('jax-js-kernels.ts', []) }];
  const ofSlow = await takeTurns(slow, {
    rounds: 1,
    alone: false,
    open: async () => {},
    round: (participant) => ask(participant, WARM_UP_MILLISECONDS),
  });
  return new Map(
    [...outcomes, ...ofSlow].map(([who, outcome]): [string, { readonly missing: string } | Map<string, number>] => {
      if ('missing' in outcome) return [who, { missing: outcome.missing }];
      if ('failed' in outcome) return [who, { missing: `failed: ${outcome.failed}` }];
      const medians = group.flatMap(({ name }): [string, number][] => {
        const times = outcome.rounds.flatMap((round) => round.get(name)!);
        return times.length > 0 ? [[name, median(times)]] : [];
      });
      return [who, new Map(medians)];
    }),
  );
}

function caseOf({ name, shape, direction, flops }: KernelCase, threads: number, figures: Figures): BenchCase {
  const rounded = (value: number) => Number(value.toPrecision(3));
  const figureOf = (who: string, what = name): PeerFigure | undefined => {
    const figure = figures.get(who)!;
    return 'missing' in figure ? figure : figure.get(what);
  };
  const own = figureOf(threadsOf(threads));
  const onOne = figureOf(threadsOf(1));
  const ours = typeof own === 'number' ? own : null;
  const peers = {
    'tfjs cpu': figureOf('tfjs cpu'),
    'tfjs wasm': figureOf('tfjs wasm'),
    [JAX_JS]: figureOf(JAX_JS),
    'our forward':
      shape === undefined || direction === 'forward' ? undefined : figureOf(threadsOf(threads), `${shape}, forward`),
  };
  const facts: WasmFacts = {
    what: shape ?? name,
    ...(direction === undefined ? {} : { direction }),
    threads,
    ...(ours === null || flops === undefined ? {} : { gigaflops: rounded(flops / ours / 1e6) }),
    ...(ours === null || typeof onOne !== 'number' ? {} : { timesOneThread: rounded(onOne / ours) }),
    versions: `Node ${process.version}`,
  };
  return benchCase(
    `${name}, ${threadsOf(threads)}`,
    ours,
    Object.fromEntries(Object.entries(peers).filter((entry): entry is [string, PeerFigure] => entry[1] !== undefined)),
    { ...facts, ...(typeof own === 'object' ? { failure: own.missing } : {}) },
  );
}

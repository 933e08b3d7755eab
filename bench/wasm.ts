import { availableParallelism } from 'node:os';
import { benchCase } from './bench-case.js';
import type { Bench, BenchCase, PeerFigure } from './bench-result.js';
import type { KernelQuestion, KernelReply } from './children/kernel-times.js';
import { ourChild } from './children.js';
import { KERNEL_CASES, type KernelCase } from './kernel-cases.js';
import { resultOf } from './machine.js';
import { median } from './median.js';
import type { Participant } from './participant.js';
import { type Contestant, takeTurns } from './take-turns.js';

/** Numbers of threads that are measured where there are as many cores. */
const THREADS = [1, 2];

const ROUNDS = 9;

/** How long each calls a kernel when it is its turn. */
const MILLISECONDS = 60;

/** Calls for warming up: the engine compiles what is hot again and again as it learns about it. */
const WARM_UP_MILLISECONDS = 300;

/**
 * Milliseconds of the kernels of a training step, on one thread and on two, against tfjs's wasm backend as it is shipped and its cpu
 * backend (whose figure of a convolution is that of one image, times their number); of a gradient also against the forward
 * convolution of the same shape on as many threads.
 */
const benchmarkWasm: Bench = async ({ quick, only }) => {
  const threads = THREADS.filter((count) => count <= availableParallelism());
  const wanted = quick ? KERNEL_CASES.slice(-1) : KERNEL_CASES.filter(({ name }) => name.includes(only));
  const cases: BenchCase[] = [];
  const forwards = new Map<string, PeerFigure>();
  for (const each of wanted) {
    console.error(`wasm: ${each.name}`);
    const figures = await figuresOf(each, threads, quick ? 2 : ROUNDS);
    for (const count of threads) {
      const figure = figures[nameOf(count)]!;
      const key = (name: string) => `${name}, ${nameOf(count)}`;
      forwards.set(key(each.name), figure);
      cases.push(caseOf(each, count, figures, each.forward && forwards.get(key(each.forward))));
    }
  }
  return resultOf(cases);
};
export default benchmarkWasm;

function nameOf(threads: number): string {
  return threads === 1 ? '1 thread' : `${threads} threads`;
}

async function figuresOf(
  { name }: KernelCase,
  threads: readonly number[],
  rounds: number,
): Promise<Record<string, PeerFigure>> {
  const contestant = (title: string, who: string): Contestant => ({
    name: title,
    command: ourChild('kernel-times.ts', [who, name]),
  });
  const ask = async (participant: Participant, milliseconds: number) =>
    (await participant.ask<KernelReply>({ milliseconds } satisfies KernelQuestion)).milliseconds;
  const onWasm = [...threads.map((count) => contestant(nameOf(count), String(count))), contestant('tfjs wasm', 'tfjs')];
  const outcomes = await takeTurns(onWasm, {
    rounds,
    alone: false,
    open: async (participant) => void (await ask(participant, WARM_UP_MILLISECONDS)),
    round: (participant) => ask(participant, MILLISECONDS),
  });
  // Plain JavaScript, which takes seconds even for one image, has one turn and no need of more.
  const onCpu = await takeTurns([contestant('tfjs cpu', 'cpu')], {
    rounds: 1,
    alone: false,
    open: async () => {},
    round: (participant) => ask(participant, WARM_UP_MILLISECONDS),
  });
  return Object.fromEntries(
    [...outcomes, ...onCpu].map(([who, outcome]) => {
      if ('missing' in outcome) return [who, { missing: outcome.missing }];
      if ('failed' in outcome) return [who, { missing: `failed: ${outcome.failed}` }];
      const times = outcome.rounds.flat();
      return [who, times.length > 0 ? median(times) : { missing: 'tfjs has no such kernel' }];
    }),
  );
}

function caseOf(
  { name, flops }: KernelCase,
  threads: number,
  figures: Readonly<Record<string, PeerFigure>>,
  forward: PeerFigure | undefined | '',
): BenchCase {
  const figure = figures[nameOf(threads)]!;
  const ours = typeof figure === 'number' ? figure : null;
  const onOne = figures[nameOf(1)];
  const rounded = (value: number) => Number(value.toPrecision(3));
  return benchCase(
    `${name}, ${nameOf(threads)}`,
    ours,
    {
      'tfjs cpu': figures['tfjs cpu']!,
      ...(figures['tfjs wasm'] === undefined || typeof figures['tfjs wasm'] === 'object'
        ? {}
        : { 'tfjs wasm': figures['tfjs wasm'] }),
      ...(forward ? { 'our forward': forward } : {}),
    },
    {
      threads,
      ...(ours !== null && flops !== undefined ? { gigaflops: rounded(flops / ours / 1e6) } : {}),
      ...(ours !== null && threads > 1 && typeof onOne === 'number' ? { timesOneThread: rounded(onOne / ours) } : {}),
      ...(typeof figure === 'object' ? { failure: figure.missing } : {}),
    },
  );
}

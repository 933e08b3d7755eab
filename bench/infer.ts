import { benchCase } from './bench-case.js';
import type { Bench, BenchCase, PeerFigure } from './bench-result.js';
import type { InferReply } from './children/infer.js';
import { oursInferring, pytorchInferring } from './contestants.js';
import { resultOf } from './machine.js';
import { median } from './median.js';
import { takeTurns } from './take-turns.js';
import type { TrainingSetup } from './training-setup.js';
import { withNet } from './with-net.js';

const NET = 'nfnet-f0';
const SIDE = 256;

/** Of the largest logit. */
const TOLERANCE = 1e-4;

/** One batch through NFNet-F0, ours folded for inference and PyTorch's in its evaluation mode. */
const benchmarkInference: Bench = async ({ quick, only }) => {
  const cases: BenchCase[] = [];
  for (const batch of quick ? [1] : [1, 32]) {
    if (!`batch ${batch}`.includes(only)) continue;
    console.error(`infer: batch ${batch}`);
    const rounds = quick ? 1 : batch === 1 ? 9 : 4;
    cases.push(...(await withNet(NET, batch, (setup) => runCase(setup, batch, rounds), SIDE)));
  }
  return resultOf(cases);
};
export default benchmarkInference;

async function runCase(setup: TrainingSetup, batch: number, rounds: number): Promise<BenchCase[]> {
  const own = [
    oursInferring('native, compiled', 'native', 'folded, compiled', setup),
    oursInferring('native', 'native', 'folded', setup),
    oursInferring('native, not folded', 'native', 'as trained', setup),
    ...(batch === 1 ? [oursInferring('wasm', 'wasm', 'folded', setup)] : []),
  ];
  const peers = [
    pytorchInferring('PyTorch', 'default', setup),
    pytorchInferring('PyTorch, channels last', 'channels-last', setup),
  ];
  const logits = new Map<string, readonly number[]>();
  const runs = batch === 1 ? 4 : 1;
  const outcomes = await takeTurns<readonly number[]>([...own, ...peers], {
    rounds,
    alone: false,
    async open(participant, name) {
      logits.set(name, (await participant.ask<InferReply>({ runs: 2 })).logits);
    },
    round: async (participant) => (await participant.ask<InferReply>({ runs })).milliseconds,
  });
  const figureOf = (name: string): PeerFigure => {
    const outcome = outcomes.get(name)!;
    if ('missing' in outcome) return { missing: outcome.missing };
    if ('failed' in outcome) return { missing: `failed: ${outcome.failed}` };
    return median(outcome.rounds.flat());
  };
  const peerFigures = Object.fromEntries(peers.map(({ name }) => [name, figureOf(name)]));
  const reference = [...peers, ...own].find(({ name }) => logits.has(name))?.name;
  return own.map(({ name }) => {
    const figure = figureOf(name);
    const difference = logits.has(name) ? logitDifference(logits.get(name)!, logits.get(reference!)!) : undefined;
    return benchCase(`batch ${batch}: ${name}`, typeof figure === 'number' ? figure : null, peerFigures, {
      ...(difference === undefined ? {} : { logitDifference: Number(difference.toPrecision(2)) }),
      ...(difference === undefined || difference <= TOLERANCE
        ? {}
        : { failure: `its logits differ from those of ${reference} by ${difference.toExponential(1)}` }),
      ...(typeof figure === 'number' ? {} : figure),
    });
  });
}

/** Largest difference as a share of the largest logit; infinite where one is not a number. */
function logitDifference(logits: readonly number[], reference: readonly number[]): number {
  const largest = Math.max(...reference.map(Math.abs));
  const differences = logits.map((logit, i) => Math.abs(logit - reference[i]!) / largest);
  return differences.every(Number.isFinite) ? Math.max(...differences) : Number.POSITIVE_INFINITY;
}

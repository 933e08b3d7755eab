import type { InferReply } from '../children/infer.js';
import { BFLOAT16_TOLERANCE } from '../contest/compare-losses.js';
import { onnxInferring, oursInferring, pytorchInferring } from '../contest/contestants.js';
import { type Contestant, takeTurns } from '../contest/take-turns.js';
import { benchCase } from '../figures/bench-case.js';
import type { Bench, BenchCase, PeerFigure } from '../figures/bench-result.js';
import { median } from '../figures/median.js';
import { resultOf } from '../figures/result-of.js';
import type { TrainingSetup } from '../inputs/training-setup.js';
import { withNet } from '../inputs/with-net.js';

const NET = 'nfnet-f0';
const SIDE = 256;
const ONNX_RUNTIME = 'ONNX Runtime Web, wasm';

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
  ];
  const ownWasm = batch === 1 ? [oursInferring('wasm', 'wasm', 'folded', setup)] : [];
  const peers = [
    pytorchInferring('PyTorch', 'default', setup),
    pytorchInferring('PyTorch, channels last', 'channels-last', setup),
  ];
  const ownBfloat16 = oursInferring('native, compiled, bfloat16', 'native', 'folded, compiled, bfloat16', setup);
  const bfloat16Peers = [
    pytorchInferring('PyTorch, autocast bfloat16', 'autocast', setup),
    pytorchInferring('PyTorch, channels last, autocast bfloat16', 'autocast-channels-last', setup),
  ];
  const wasmPeers = batch === 1 ? [onnxInferring(ONNX_RUNTIME, setup)] : [];
  const logits = new Map<string, readonly number[]>();
  const runs = batch === 1 ? 4 : 1;
  const outcomes = await takeTurns<readonly number[]>(
    [...own, ownBfloat16, ...ownWasm, ...peers, ...bfloat16Peers, ...wasmPeers],
    {
      rounds,
      alone: false,
      async open(participant, name) {
        logits.set(name, (await participant.ask<InferReply>({ runs: 2 })).logits);
      },
      round: async (participant) => (await participant.ask<InferReply>({ runs })).milliseconds,
    },
  );
  const figureOf = (name: string): PeerFigure => {
    const outcome = outcomes.get(name)!;
    if ('missing' in outcome) return { missing: outcome.missing };
    if ('failed' in outcome) return { missing: `failed: ${outcome.failed}` };
    return median(outcome.rounds.flat());
  };
  const figuresOf = (some: readonly Contestant[]) => Object.fromEntries(some.map(({ name }) => [name, figureOf(name)]));
  const reference = [...peers, ...wasmPeers, ...own, ownBfloat16, ...ownWasm].find(({ name }) =>
    logits.has(name),
  )?.name;
  const caseOf = (name: string, peerFigures: Readonly<Record<string, PeerFigure>>, tolerance = TOLERANCE) => {
    const figure = figureOf(name);
    const difference = logits.has(name) ? logitDifference(logits.get(name)!, logits.get(reference!)!) : undefined;
    return benchCase(`batch ${batch}: ${name}`, typeof figure === 'number' ? figure : null, peerFigures, {
      ...(difference === undefined ? {} : { logitDifference: Number(difference.toPrecision(2)) }),
      ...(difference === undefined || difference <= tolerance
        ? {}
        : { failure: `its logits differ from those of ${reference} by ${difference.toExponential(1)}` }),
      ...(typeof figure === 'number' ? {} : figure),
    });
  };
  return [
    ...own.map(({ name }) => caseOf(name, figuresOf(peers))),
    // bfloat16 against bfloat16.
    caseOf(ownBfloat16.name, figuresOf(bfloat16Peers), BFLOAT16_TOLERANCE),
    // WebAssembly against WebAssembly.
    ...ownWasm.map(({ name }) => caseOf(name, figuresOf(wasmPeers))),
  ];
}

/** Largest difference as a share of the largest logit; infinite where one is not a number. */
function logitDifference(logits: readonly number[], reference: readonly number[]): number {
  const largest = Math.max(...reference.map(Math.abs));
  const differences = logits.map((logit, i) => Math.abs(logit - reference[i]!) / largest);
  return differences.every(Number.isFinite) ? Math.max(...differences) : Number.POSITIVE_INFINITY;
}

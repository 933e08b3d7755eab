import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { arrayDataset, deriveSeed } from '@nfnets/data';
import { fashionMnist } from '@nfnets/data/node';
import { createModel, NFNET } from '@nfnets/models';
import { saveWeights } from '@nfnets/weights';
import * as tf from '@tensorflow/tfjs';
import { type Contestant, type Outcome, takeTurns } from '../contest/take-turns.js';
import { benchCase } from '../figures/bench-case.js';
import type { Bench, BenchCase, PeerFigure } from '../figures/bench-result.js';
import { median } from '../figures/median.js';
import { resultOf } from '../figures/result-of.js';
import type { FashionReply, FashionSetup } from '../inputs/fashion-setup.js';
import { ourChild } from '../processes/our-child.js';
import { pythonPeer } from '../processes/python-peer.js';

/** Where Debian's package has the data. */
const DATA = '/usr/share/datasets/fashion-mnist';
const IMAGES = 60_000;

const RECIPE = {
  data: DATA,
  batchSize: 256,
  learningRate: 0.2,
  warmupEpochs: 1,
  momentum: 0.9,
  weightDecay: 2e-5,
  labelSmoothing: 0.1,
  clipFactor: 0.16,
} as const;

/** Largest difference of the mean accuracies, in points. */
const TOLERANCE = 0.3;

/** A whole training run of `nfnet_digits` on all of Fashion-MNIST, ours and PyTorch's, over several seeds. */
const benchmarkFashion: Bench = async ({ quick, without = [] }) => {
  if (!existsSync(DATA)) {
    const missing = `there is no ${DATA}: apt-get install dataset-fashion-mnist`;
    return resultOf([benchCase('nfnet_digits: seconds', null, {}, { missing })]);
  }
  const { normalization } = fashionMnist({ part: 'train', folder: DATA });
  const { mean, std } = normalization as { mean: number; std: number };
  const replies = new Map<string, (FashionReply | { readonly missing: string })[]>();
  let names: readonly string[] = [];
  for (const seed of quick ? [1] : [1, 2, 3]) {
    const folder = mkdtempSync(join(tmpdir(), 'nfnets-bench-'));
    try {
      const setup: FashionSetup = {
        ...RECIPE,
        folder,
        seed,
        epochs: quick ? 1 : 10,
        mean,
        std,
        ...(quick && { warmupEpochs: 0.5 }),
      };
      await writeStart(setup);
      const contestants = [
        { name: 'ours', command: ourChild('fashion.ts', [JSON.stringify(setup)]) },
        pytorch('PyTorch', 'default', setup),
        pytorch('PyTorch, channels last', 'channels-last', setup),
      ].filter(({ name }) => !without.includes(name));
      names = contestants.map(({ name }) => name);
      const outcomes = await takeTurns<FashionReply>(contestants, {
        rounds: 1,
        alone: true,
        open: async () => {},
        round: (participant) => participant.ask<FashionReply>({}),
      });
      for (const [name, outcome] of outcomes) {
        const reply = replyOf(outcome);
        console.error(`fashion: seed ${seed}, ${name}: ${JSON.stringify(reply)}`);
        replies.set(name, [...(replies.get(name) ?? []), reply]);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return resultOf(casesOf(names, replies));
};
export default benchmarkFashion;

/** Writes the weights and the orders that every participant starts from. */
async function writeStart({ folder, seed, epochs }: FashionSetup): Promise<void> {
  await tf.setBackend('cpu');
  const model = createModel('nfnet_digits', { numClasses: 10, seed });
  await saveWeights(model, join(folder, 'weights.safetensors'), { naming: 'timm', spec: NFNET.nfnet_digits });
  model.dispose();
  // A data set whose images are their own numbers tells in which order our trainer takes them.
  const numbers = arrayDataset({
    images: Float32Array.from({ length: IMAGES }, (_, i) => i),
    labels: new Uint8Array(IMAGES),
    imageShape: [1],
    numClasses: 2,
  });
  const order = new Int32Array(IMAGES * epochs);
  for (let epoch = 0; epoch < epochs; epoch++) {
    const request = { batchSize: IMAGES, partialBatch: 'keep', shuffleSeed: deriveSeed(seed, 'order', epoch) } as const;
    for await (const { images, labels } of numbers.batches(request)) {
      order.set(await images.data(), epoch * IMAGES);
      tf.dispose([images, labels]);
    }
  }
  writeFileSync(join(folder, 'order.bin'), order);
}

function pytorch(name: string, variant: 'default' | 'channels-last', setup: FashionSetup): Contestant {
  return { name, command: pythonPeer('torch_fashion.py', [variant, JSON.stringify(setup)]) };
}

function replyOf(outcome: Outcome<FashionReply>): FashionReply | { readonly missing: string } {
  if ('missing' in outcome) return { missing: outcome.missing };
  return 'failed' in outcome ? { missing: `failed: ${outcome.failed}` } : outcome.rounds[0]!;
}

function casesOf(
  names: readonly string[],
  replies: ReadonlyMap<string, readonly (FashionReply | { readonly missing: string })[]>,
): BenchCase[] {
  const figuresOf = (figure: (runs: readonly FashionReply[]) => number) =>
    new Map(
      names.map((name): [string, PeerFigure] => {
        const runs = replies.get(name)!;
        const failure = runs.find((run) => 'missing' in run);
        return [name, failure ?? figure(runs as readonly FashionReply[])];
      }),
    );
  const caseOf = (title: string, figures: Map<string, PeerFigure>, extra: BenchCase['extra'] = {}) => {
    const own = figures.get('ours')!;
    const peers = Object.fromEntries([...figures].filter(([name]) => name !== 'ours'));
    return benchCase(title, typeof own === 'number' ? own : null, peers, {
      ...extra,
      ...(typeof own === 'number' ? {} : own),
    });
  };
  const seconds = figuresOf((runs) => median(runs.map((run) => run.seconds)));
  const errors = figuresOf((runs) => 100 * (1 - mean(runs.map((run) => run.accuracy))));
  const [ours, theirs] = [errors.get('ours'), errors.get('PyTorch')];
  const apart = typeof ours === 'number' && typeof theirs === 'number' ? Math.abs(ours - theirs) : 0;
  return [
    caseOf('nfnet_digits, 10 epochs: seconds', seconds),
    caseOf('nfnet_digits, 10 epochs: errors in percent', errors, {
      accuracies: Object.fromEntries(
        [...replies].map(([name, runs]) => [name, runs.map((run) => ('missing' in run ? null : run.accuracy))]),
      ),
      ...(apart > TOLERANCE ? { failure: `mean accuracies are ${apart.toFixed(2)} points apart` } : {}),
    }),
  ];
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LoaderReply } from '../children/loader.js';
import type { LoaderStepReply } from '../children/loader-step.js';
import { type Contestant, type Outcome, takeTurns } from '../contest/take-turns.js';
import { benchCase } from '../figures/bench-case.js';
import type { Bench, BenchCase } from '../figures/bench-result.js';
import { median } from '../figures/median.js';
import { resultOf } from '../figures/result-of.js';
import { writePhotos, writeSmallImages } from '../inputs/write-loader-images.js';
import { ourChild } from '../processes/our-child.js';
import { MissingError, Participant } from '../processes/participant.js';
import { pythonPeer } from '../processes/python-peer.js';

const CASES = {
  small: '32x32 pixels: pad and crop, flip, RandAugment',
  photos: 'JPEGs of 500x375: decode, random resized crop to 224, flip, RandAugment',
} as const;
/** Where steps run. With one thread of TensorFlow a core is free for the loader; otherwise both want all of them. */
const STEPS = ['wasm', 'native', 'native with one thread'] as const;
const ONE_THREAD = { TF_NUM_INTRAOP_THREADS: '1', TF_NUM_INTEROP_THREADS: '1' };
const PEER = 'torchvision, DataLoader';

/** Augmented images with a worker for each core; and whether the steps of the quickstart's net have to wait for them. */
const benchmarkLoader: Bench = async ({ quick, only }) => {
  const folder = mkdtempSync(join(tmpdir(), 'nfnets-bench-loader-'));
  const cases: BenchCase[] = [];
  try {
    for (const which of quick ? (['small'] as const) : (['small', 'photos'] as const)) {
      if (!CASES[which].includes(only)) continue;
      console.error(`loader: ${which}`);
      if (which === 'small') writeSmallImages(folder);
      else await writePhotos(folder, 384);
      cases.push(await loaderCase(which, folder, quick ? 1 : 3));
    }
    for (const where of quick ? (['wasm'] as const) : STEPS) {
      if (!`quickstart, ${where}`.includes(only)) continue;
      console.error(`loader: steps on ${where}`);
      cases.push(await stepCase(where, quick ? 1 : 3));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return resultOf(cases);
};
export default benchmarkLoader;

async function loaderCase(which: keyof typeof CASES, folder: string, rounds: number): Promise<BenchCase> {
  const workers = availableParallelism();
  const args = [which, folder, String(workers)];
  const own: Contestant = { name: 'ours', command: ourChild('loader.ts', args) };
  const peer: Contestant = { name: PEER, command: pythonPeer('torch_loader.py', args) };
  let pass = 0;
  const outcomes = await takeTurns<LoaderReply>([own, peer], {
    rounds,
    alone: false,
    // The first pass starts the workers.
    open: async (participant) => void (await participant.ask<LoaderReply>({ pass: ++pass })),
    round: (participant) => participant.ask<LoaderReply>({ pass: ++pass }),
  });
  const [ours, theirs] = [own, peer].map(({ name }) => perImage(outcomes.get(name)!, workers));
  const versions = [...outcomes.values()].flatMap((outcome) => ('version' in outcome ? outcome.version : []));
  const [ourRate, theirRate] = [ours, theirs].map((figure) =>
    typeof figure === 'number' ? Math.round(1000 / figure) : undefined,
  );
  const perSecond =
    ourRate === undefined
      ? {}
      : {
          imagesPerSecondAndCore: ourRate,
          note: `${ourRate} images a second and core${theirRate === undefined ? '' : `, of ${PEER} ${theirRate}`}`,
        };
  const failure = typeof ours === 'number' ? {} : ours;
  return benchCase(
    CASES[which],
    typeof ours === 'number' ? ours : null,
    { [PEER]: theirs! },
    {
      ...perSecond,
      ...failure,
      workers,
      versions: versions.join(', '),
    },
  );
}

/** Milliseconds of one core for an image. */
function perImage(outcome: Outcome<LoaderReply>, cores: number): number | { readonly missing: string } {
  if ('missing' in outcome) return { missing: outcome.missing };
  if ('failed' in outcome) return { missing: `failed: ${outcome.failed}` };
  return median(outcome.rounds.map(({ images, seconds }) => (1000 * cores * seconds) / images));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

async function stepCase(where: (typeof STEPS)[number], rounds: number): Promise<BenchCase> {
  const name = `a step of the quickstart's net, batch 64, ${where}, with augmented images from the loader`;
  const command = ourChild('loader-step.ts', [where === 'wasm' ? 'wasm' : 'native', String(rounds)]);
  const env = { ...command.env, ...(where === 'native with one thread' ? ONE_THREAD : {}) };
  const participant = new Participant({ ...command, env });
  try {
    const { loader, memory } = await participant.reply<LoaderStepReply>();
    const [ours, theirs] = [loader, memory].map(({ waited, step, processor }) => ({
      waitedPercent: Number(((100 * sum(waited)) / sum(step)).toPrecision(2)),
      processorMilliseconds: Number(median(processor).toPrecision(3)),
    }));
    const note = `of its time the step waits ${ours!.waitedPercent} % for images from the loader, and ${theirs!.waitedPercent} % for those in memory; it takes ${ours!.processorMilliseconds} and ${theirs!.processorMilliseconds} ms of processor time`;
    return benchCase(name, median(loader.step), { 'images in memory': median(memory.step) }, { ...ours, note });
  } catch (error) {
    if (error instanceof MissingError) return benchCase(name, null, {}, { missing: error.message });
    throw error;
  } finally {
    await participant.close();
  }
}

import { benchCase } from '../figures/bench-case.js';
import type { Bench, BenchCase } from '../figures/bench-result.js';
import { median } from '../figures/median.js';
import { resultOf } from '../figures/result-of.js';
import { ourChild } from '../processes/our-child.js';
import { MissingError, Participant } from '../processes/participant.js';

/** Presets at their training sizes, and the batches that fit into a few gigabytes. */
const PRESETS: readonly (readonly [preset: string, batch: number])[] = [
  ['nfnet_f0', 8],
  ['nfnet_f1', 8],
  ['nf_resnet50', 8],
  ['resnet50', 8],
  ['efficientnet_b0', 8],
  ['efficientnet_b1', 8],
  ['efficientnet_b2', 8],
  ['efficientnet_b3', 8],
  ['efficientnet_b4', 4],
  ['efficientnet_b5', 2],
  ['efficientnet_b6', 2],
  ['efficientnet_b7', 1],
];

/** Brock et al. 2021, table 3: milliseconds of a training step of NFNet-F1 and of EfficientNet-B7, 32 images per device. */
const PAPER = { 'paper, TPUv3': 158.5 / 1397, 'paper, V100': 133.9 / 1753.3 };

/** A training step per image, compiled, on native TensorFlow; and the paper's comparison, F1 against EfficientNet-B7. */
const benchmarkLatency: Bench = async ({ quick, only }) => {
  const cases: BenchCase[] = [];
  const perImage = new Map<string, number>();
  for (const [preset, batch] of quick ? PRESETS.slice(4, 5) : PRESETS.filter(([name]) => name.includes(only))) {
    console.error(`latency: ${preset}`);
    const reply = await timesOf(preset, batch, quick ? 1 : 3);
    if ('missing' in reply) {
      cases.push(benchCase(preset, null, {}, reply));
      continue;
    }
    const milliseconds = median(reply.milliseconds) / batch;
    perImage.set(preset, milliseconds);
    cases.push(benchCase(preset, milliseconds, {}, { pixels: reply.pixels, batch }));
  }
  const [f1, b7] = [perImage.get('nfnet_f1'), perImage.get('efficientnet_b7')];
  if (f1 && b7) cases.push(benchCase('nfnet_f1 / efficientnet_b7', f1 / b7, PAPER, { speedup: b7 / f1 }));
  return resultOf(cases);
};
export default benchmarkLatency;

type Reply = { readonly pixels: number; readonly milliseconds: readonly number[] } | { readonly missing: string };

async function timesOf(preset: string, batch: number, steps: number): Promise<Reply> {
  const participant = new Participant(ourChild('step-latency.ts', [preset, String(batch), String(steps)]));
  try {
    return await participant.reply<Reply>();
  } catch (error) {
    if (error instanceof MissingError) return { missing: error.message };
    throw error;
  } finally {
    await participant.close();
  }
}

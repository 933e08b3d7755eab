import { benchCase } from '../figures/bench-case.js';
import type { Bench, BenchCase } from '../figures/bench-result.js';
import { median } from '../figures/median.js';
import { PAPER_F1_OF_B7 } from '../figures/paper-latency.js';
import { resultOf } from '../figures/result-of.js';
import { timePreset } from '../processes/time-preset.js';

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

/** A training step per image, compiled, on native TensorFlow; and the paper's comparison, F1 against EfficientNet-B7. */
const benchmarkLatency: Bench = async ({ quick, only }) => {
  const cases: BenchCase[] = [];
  const perImage = new Map<string, number>();
  for (const [preset, batch] of quick ? PRESETS.slice(4, 5) : PRESETS.filter(([name]) => name.includes(only))) {
    console.error(`latency: ${preset}`);
    const reply = await timePreset(preset, batch, quick ? 1 : 3);
    if ('missing' in reply) {
      cases.push(benchCase(preset, null, {}, reply));
      continue;
    }
    const milliseconds = median(reply.milliseconds) / batch;
    perImage.set(preset, milliseconds);
    cases.push(benchCase(preset, milliseconds, {}, { pixels: reply.pixels, batch }));
  }
  const [f1, b7] = [perImage.get('nfnet_f1'), perImage.get('efficientnet_b7')];
  if (f1 && b7) cases.push(benchCase('nfnet_f1 / efficientnet_b7', f1 / b7, PAPER_F1_OF_B7, { speedup: b7 / f1 }));
  return resultOf(cases);
};
export default benchmarkLatency;

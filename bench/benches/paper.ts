import type { Precision } from '@nfnets/compiled-step';
import { benchCase } from '../figures/bench-case.js';
import type { Bench, BenchCase } from '../figures/bench-result.js';
import { median } from '../figures/median.js';
import { PAPER_F1_OF_B7 } from '../figures/paper-latency.js';
import { resultOf } from '../figures/result-of.js';
import { timePreset } from '../processes/time-preset.js';

/** The paper's pair, and a quick one that shows no more than that it runs. */
const [PAIR, QUICK_PAIR] = [
  ['nfnet_f1', 'efficientnet_b7'],
  ['nfnet_f0', 'efficientnet_b0'],
] as const;

/** What EfficientNet-B7 has room for in 24 GB, in float32. */
const BATCH = 2;

const PRECISIONS: readonly Precision[] = ['float32', 'bfloat16'];

/** Table 3 of the paper: a training step of NFNet-F1 against one of EfficientNet-B7, the same images each, in turn and alone. */
const benchmarkPaper: Bench = async ({ quick, only }) => {
  const [pair, batch, rounds, steps] = quick ? ([QUICK_PAIR, 1, 1, 1] as const) : ([PAIR, BATCH, 2, 3] as const);
  const precisions = PRECISIONS.filter((precision) => precision.includes(only));
  const times = new Map<string, number[]>();
  const missing = new Map<string, string>();
  const pixels = new Map<string, number>();
  for (let round = 0; round < rounds; round++) {
    for (const precision of precisions) {
      for (const preset of pair) {
        const name = `${preset}, ${precision}`;
        console.error(`paper: ${name}`);
        const reply = await timePreset(preset, batch, steps, precision);
        if ('missing' in reply) {
          missing.set(name, reply.missing);
          continue;
        }
        pixels.set(preset, reply.pixels);
        times.set(name, [...(times.get(name) ?? []), ...reply.milliseconds]);
      }
    }
  }
  const cases = precisions.flatMap((precision): BenchCase[] => {
    const of = pair.map((preset) => {
      const name = `${preset}, ${precision}`;
      const milliseconds = times.has(name) ? median(times.get(name)!) : null;
      const reason = missing.get(name);
      const facts = { pixels: pixels.get(preset), batch, ...(reason === undefined ? {} : { missing: reason }) };
      return { name, milliseconds, facts };
    });
    const [small, large] = of.map(({ milliseconds }) => milliseconds);
    const rows = of.map(({ name, milliseconds, facts }) => benchCase(name, milliseconds, {}, facts));
    if (!small || !large) return rows;
    const note = `EfficientNet-B7 takes ${(large / small).toFixed(1)} times as long as NFNet-F1; in the paper 8.8 (TPUv3) and 13.1 (V100)`;
    const name = `${pair.join(' / ')}, ${precision}`;
    return [...rows, benchCase(name, small / large, quick ? {} : PAPER_F1_OF_B7, quick ? {} : { note })];
  });
  return resultOf(cases);
};
export default benchmarkPaper;

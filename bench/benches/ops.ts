import { existsSync, readFileSync } from 'node:fs';
import { benchCase } from '../figures/bench-case.js';
import type { Bench, BenchCase, BenchResult } from '../figures/bench-result.js';
import { resultOf } from '../figures/result-of.js';
import { ourChild } from '../processes/our-child.js';
import { replyOrMissing } from '../processes/reply-or-missing.js';

/** The plus variants have the layers of those without. */
const PRESETS = ['nfnet_digits', ...Array.from({ length: 8 }, (_, i) => `nfnet_f${i}`)];

const KINDS = [
  ['kernels', 'kernels of TensorFlow.js'],
  ['ops', 'ops of TensorFlow'],
] as const;

/** How many dispatches an eager training step makes; the only peer is what we had. */
const countDispatches: Bench = async ({ quick }) => {
  const before = lastRecorded();
  const cases: BenchCase[] = [];
  for (const preset of quick ? PRESETS.slice(0, 2) : PRESETS) {
    const counts = await replyOrMissing<Counts>(ourChild('dispatches.ts', [preset]));
    for (const [kind, what] of KINDS) {
      const name = `${preset}: ${what}`;
      const last = before.get(name);
      const peers = { 'last recorded run': last ?? { missing: 'none is recorded yet' } };
      cases.push('missing' in counts ? benchCase(name, null, peers, counts) : benchCase(name, counts[kind], peers));
    }
  }
  return resultOf(cases);
};
export default countDispatches;

interface Counts {
  readonly kernels: number;
  readonly ops: number;
}

function lastRecorded(): Map<string, number> {
  const path = new URL('../results/ops.json', import.meta.url);
  if (!existsSync(path)) return new Map();
  const { cases } = JSON.parse(readFileSync(path, 'utf8')) as BenchResult;
  return new Map(cases.flatMap(({ name, ours }) => (ours === null ? [] : [[name, ours]])));
}

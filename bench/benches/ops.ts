import { existsSync, readFileSync } from 'node:fs';
import { benchCase } from '../figures/bench-case.js';
import type { Bench, BenchCase, BenchResult } from '../figures/bench-result.js';
import { resultOf } from '../figures/result-of.js';
import { ourChild } from '../processes/our-child.js';
import { MissingError, Participant } from '../processes/participant.js';

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
    const counts = await countsOf(preset);
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

type Counts = { readonly kernels: number; readonly ops: number } | { readonly missing: string };

async function countsOf(preset: string): Promise<Counts> {
  const participant = new Participant(ourChild('dispatches.ts', [preset]));
  try {
    return await participant.reply<Counts>();
  } catch (error) {
    if (error instanceof MissingError) return { missing: error.message };
    throw error;
  } finally {
    await participant.close();
  }
}

function lastRecorded(): Map<string, number> {
  const path = new URL('../results/ops.json', import.meta.url);
  if (!existsSync(path)) return new Map();
  const { cases } = JSON.parse(readFileSync(path, 'utf8')) as BenchResult;
  return new Map(cases.flatMap(({ name, ours }) => (ours === null ? [] : [[name, ours]])));
}

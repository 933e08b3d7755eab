import type { Engine } from '@nfnets/backends';
import { benchCase } from '../figures/bench-case.js';
import type { Bench, BenchCase } from '../figures/bench-result.js';
import { median } from '../figures/median.js';
import { resultOf } from '../figures/result-of.js';
import type { NetName } from '../nets/nets.js';
import { ourChild } from '../processes/our-child.js';
import { MissingError, Participant } from '../processes/participant.js';

interface CheckCase {
  readonly title: string;
  readonly engine: Engine;
  readonly variant: 'eager' | 'compiled';
  readonly net: NetName;
  readonly batch: number;
  /** Steps that check, each with one beside it that does not. */
  readonly pairs: number;
}

const NATIVE = { engine: 'native', variant: 'compiled' } as const;
const WASM = { engine: 'wasm', variant: 'eager' } as const;

const CASES: readonly CheckCase[] = [
  { ...NATIVE, title: 'three blocks, batch 16: compiled', net: 'three-blocks', batch: 16, pairs: 400 },
  { ...NATIVE, title: 'three blocks, batch 128: compiled', net: 'three-blocks', batch: 128, pairs: 100 },
  { ...NATIVE, title: 'three blocks, batch 16: eager', variant: 'eager', net: 'three-blocks', batch: 16, pairs: 100 },
  { ...NATIVE, title: 'nf_resnet26, batch 8: compiled', net: 'nf-resnet26', batch: 8, pairs: 12 },
  { ...NATIVE, title: 'nfnet_f0, batch 8: compiled', net: 'nfnet-f0', batch: 8, pairs: 9 },
  { ...WASM, title: 'nfnet_digits, batch 64: wasm', net: 'nfnet-digits', batch: 64, pairs: 60 },
  { ...WASM, title: 'nfnet_digits, batch 256: wasm', net: 'nfnet-digits', batch: 256, pairs: 30 },
];

/** What a step costs that tells whether its gradients and weights are finite, in percent of one that does not. */
const benchmarkCheck: Bench = async ({ quick, only }) => {
  const cases: BenchCase[] = [];
  for (const each of quick ? [{ ...CASES[0]!, pairs: 20 }] : CASES.filter(({ title }) => title.includes(only))) {
    console.error(`check: ${each.title}`);
    cases.push(await runCase(each));
  }
  return resultOf(cases);
};
export default benchmarkCheck;

type Pairs = Readonly<Record<'plain' | 'checked', readonly number[]>>;

/** From the differences within pairs, so that slow minutes cancel. */
function costOf({ plain, checked }: Pairs) {
  const cost = median(checked.map((milliseconds, i) => milliseconds - plain[i]!));
  return { checked: median(checked), plain: median(plain), cost };
}

async function runCase({ title, engine, variant, net, batch, pairs }: CheckCase): Promise<BenchCase> {
  const args = [engine, variant, net, String(batch), String(pairs)];
  const participant = new Participant(ourChild('check-steps.ts', args));
  try {
    const { clock, processor } = await participant.reply<Record<'clock' | 'processor', Pairs>>();
    const milliseconds = { ...costOf(clock), processor: costOf(processor) };
    return benchCase(title, (100 * milliseconds.cost) / milliseconds.plain, {}, { milliseconds });
  } catch (error) {
    if (!(error instanceof MissingError)) throw error;
    return benchCase(title, null, {}, { missing: error.message });
  } finally {
    await participant.close();
  }
}

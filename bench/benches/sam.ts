import { benchCase } from '../figures/bench-case.js';
import type { Bench, BenchCase } from '../figures/bench-result.js';
import { median } from '../figures/median.js';
import { resultOf } from '../figures/result-of.js';
import type { NetName } from '../nets/nets.js';
import { ourChild } from '../processes/our-child.js';
import { MissingError, Participant } from '../processes/participant.js';

interface SamCase {
  readonly title: string;
  readonly net: NetName;
  readonly batch: number;
  readonly rounds: number;
}

/** Batches of which a fifth is whole. */
const CASES: readonly SamCase[] = [
  { title: 'three blocks, batch 20', net: 'three-blocks', batch: 20, rounds: 100 },
  { title: 'three blocks, batch 260', net: 'three-blocks', batch: 260, rounds: 40 },
  { title: 'nfnet_digits, batch 65', net: 'nfnet-digits', batch: 65, rounds: 60 },
  { title: 'nfnet_digits, batch 260', net: 'nfnet-digits', batch: 260, rounds: 30 },
  { title: 'nf_resnet26, batch 10', net: 'nf-resnet26', batch: 10, rounds: 8 },
  { title: 'nfnet_f0, batch 10', net: 'nfnet-f0', batch: 10, rounds: 4 },
];

/** A step of sharpness-aware minimization, of which the plain step beside it is the peer. */
const benchmarkSam: Bench = async ({ quick, only }) => {
  const cases: BenchCase[] = [];
  for (const each of quick ? [{ ...CASES[0]!, rounds: 5 }] : CASES.filter(({ title }) => title.includes(only))) {
    console.error(`sam: ${each.title}`);
    cases.push(...(await runCase(each)));
  }
  return resultOf(cases);
};
export default benchmarkSam;

type Reply = Readonly<Record<'plain' | 'fifth' | 'whole', readonly number[]>>;

async function runCase({ title, net, batch, rounds }: SamCase): Promise<BenchCase[]> {
  const names = { fifth: `${title}: ascent on a fifth`, whole: `${title}: ascent on all` };
  const participant = new Participant(ourChild('sam-steps.ts', [net, String(batch), String(rounds)]));
  try {
    const reply = await participant.reply<Reply>();
    const plain = median(reply.plain);
    return (['fifth', 'whole'] as const).map((kind) =>
      benchCase(names[kind], median(reply[kind]), { 'plain step': plain }),
    );
  } catch (error) {
    if (!(error instanceof MissingError)) throw error;
    return Object.values(names).map((name) => benchCase(name, null, {}, { missing: error.message }));
  } finally {
    await participant.close();
  }
}

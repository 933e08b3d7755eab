import type { Soak, SoakSample } from '../children/soak.js';
import { benchCase } from '../figures/bench-case.js';
import type { Bench, BenchCase } from '../figures/bench-result.js';
import { median } from '../figures/median.js';
import { resultOf } from '../figures/result-of.js';
import { ourChild } from '../processes/our-child.js';
import { MissingError, Participant } from '../processes/participant.js';

/** Resident memory may end so many times as large as it was after a tenth of the steps. */
const ALLOWED = 1.05;
const EARLY = 'after 10 %';

/** Whether a long training grows: tensors and resident memory at its end, against those after a tenth of it. */
const benchmarkSoak: Bench = async ({ quick, only }) => {
  const steps = quick ? 4_000 : 100_000;
  const cases: BenchCase[] = [];
  for (const engine of ['native', 'wasm'].filter((name) => name.includes(only))) {
    console.error(`soak: ${steps} steps on ${engine}`);
    cases.push(...(await soak(engine, steps, quick)));
  }
  return resultOf(cases);
};
export default benchmarkSoak;

async function soak(engine: string, steps: number, isShort: boolean): Promise<BenchCase[]> {
  const [memory, tensors] = [`${engine}: megabytes`, `${engine}: tensors`];
  const participant = new Participant(ourChild('soak.ts', [engine, String(steps)]));
  try {
    const { isCompiled, seconds, samples } = await participant.reply<Soak>();
    const share = (from: number, to: number) => samples.filter(({ step }) => step > from * steps && step <= to * steps);
    const typical = (window: readonly SoakSample[], key: keyof SoakSample) => median(window.map((each) => each[key]));
    const [early, late] = [share(0.05, 0.1), share(0.95, 1)];
    const growth = typical(late, 'megabytes') / typical(early, 'megabytes');
    const facts = { steps, isCompiled, seconds: Math.round(seconds), samples: samples.filter((_, i) => i % 10 === 9) };
    const grown = (what: string) => ({ failure: `${what} grew in ${steps} steps` });
    return [
      benchCase(
        memory,
        typical(late, 'megabytes'),
        { [EARLY]: typical(early, 'megabytes') },
        {
          ...facts,
          // The first thousands of steps also fill the caches of V8.
          ...(growth > ALLOWED && !isShort ? grown('resident memory') : {}),
        },
      ),
      benchCase(
        tensors,
        typical(late, 'tensors'),
        { [EARLY]: typical(early, 'tensors') },
        {
          ...(typical(late, 'tensors') > typical(early, 'tensors') ? grown('the number of tensors') : {}),
        },
      ),
    ];
  } catch (error) {
    if (!(error instanceof MissingError)) throw error;
    return [memory, tensors].map((name) => benchCase(name, null, {}, { missing: error.message }));
  } finally {
    await participant.close();
  }
}

// A function of two parameters with a maximum at temperature 0.7 and depth 3, and noise by its seed. `wrong` makes it do something wrong, `wait` wait.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

export default async function* ownTrial({ config }, { signal, checkpointDir }) {
  const { temperature = 0.7, depth = 3, seed, wrong, wait } = config;
  const file = join(checkpointDir, 'step');
  let step = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  if (step > 0) yield { type: 'resume', step };
  if (wrong === 'event') yield { kind: 'metrics' };
  if (wrong === 'step') yield { type: 'metrics', step: 0.5, metrics: {} };
  if (wrong === 'text') yield { type: 'metrics', step: 1, metrics: { accuracy: 'high' } };
  if (wrong === 'throws') throw new Error('no luck');
  const best = 0.9 - 0.3 * (temperature - 0.7) ** 2 - 0.02 * (depth - 3) ** 2 + 0.004 * Math.sin(97 * seed);
  let accuracy = 0;
  while (step < 3) {
    if (wait && step === 1) await setTimeout(60_000, undefined, { signal });
    step++;
    accuracy = best * (1 - 0.5 ** (step + 4));
    mkdirSync(checkpointDir, { recursive: true });
    writeFileSync(file, String(step));
    yield { type: 'metrics', step, metrics: { accuracy: wrong === 'nan' && step === 3 ? Number.NaN : accuracy, cost: depth } };
  }
  if (wrong === 'return') return { accuracy };
  return { status: 'done', metrics: wrong === 'nan' ? {} : { accuracy } };
}

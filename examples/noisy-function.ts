// What 12-own-trial.ts sweeps: any function that takes parameters and measures something. This one is best at temperature 0.7
// and depth 3, is measured with noise that follows from the seed, and gets better as it goes.
import type { TrialFunction } from '@nfnets/sweeps';

const noisyFunction: TrialFunction<{ temperature: number; depth: number }> = async function* ({ config }, { signal }) {
  const { temperature, depth, seed } = config;
  const best =
    0.9 -
    0.4 * (temperature - 0.7) ** 2 -
    0.03 * (depth - 3) ** 2 +
    0.003 * Math.sin(97 * seed + 31 * temperature + 7 * depth);
  let accuracy = 0;
  for (let step = 1; step <= 5; step++) {
    // Anything that takes long ends here when the sweep is stopped.
    signal.throwIfAborted();
    accuracy = best * (1 - 0.5 ** (step + 2));
    yield { type: 'metrics', step, metrics: { accuracy, loss: 1 - accuracy } };
  }
  return { status: 'done', metrics: { accuracy, loss: 1 - accuracy } };
};

export default noisyFunction;

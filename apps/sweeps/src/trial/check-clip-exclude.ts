import { describeModel } from '@nfnets/models';
import { clipOf, type Trial } from '../schema/index.js';

/** Models of more weights take too long to make for a look at their names: of those a trial tells when it starts. */
const MOST_PARAMETERS = 1e8;

/**
 * Throws a `SweepError` where what a trial leaves out of clipping names no weight of its model. Makes each model that has one, on the cpu
 * engine, which takes seconds; where none has, nothing.
 */
export async function checkClipExclude(trials: readonly Trial[]): Promise<void> {
  const asked = new Map(
    trials.flatMap(({ config }) =>
      clipOf(config)?.exclude === undefined || describeModel(config.model).parameters > MOST_PARAMETERS
        ? []
        : [[JSON.stringify([config.model, clipOf(config)?.exclude]), config] as const],
    ),
  );
  if (asked.size === 0) return;
  const [{ useBackend }, { createModel }, { trialClipping }] = await Promise.all([
    import('@nfnets/backends'),
    import('@nfnets/models'),
    import('./trial-optimizer.js'),
  ]);
  await useBackend('cpu');
  for (const config of asked.values()) {
    const model = createModel(config.model, { numClasses: 10 });
    try {
      trialClipping(config, model);
    } finally {
      model.dispose();
    }
  }
}

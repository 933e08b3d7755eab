import { trialBudget } from '../plan/index.js';
import type { SweepConfig, TrialConfig } from '../schema/index.js';
import { checkDataset } from './check-dataset.js';
import type { TrialProblem } from './trial-problem.js';

/** On which steps are compiled, and so may be computed in bfloat16. */
const COMPILING_ENGINES: readonly SweepConfig['engine'][] = ['native', 'native-gpu'];

const BUDGETS = ['epochs', 'steps', 'samples'] as const;

/**
 * What no single key of a trial can say: sizes that have to fit each other. Pure.
 *
 * @param engine What the sweep runs on.
 * @param label Names a key as the user knows it, for messages: `trial.dataset.train`.
 */
export function checkTrial(
  config: TrialConfig,
  engine: SweepConfig['engine'],
  label: (key: string) => string,
): TrialProblem[] {
  const { dataset, batchSize, microBatch } = config;
  const problems: TrialProblem[] = [...checkDataset(dataset)];
  const report = (key: string, message: string) => problems.push({ key, message });
  if (batchSize > dataset.train) {
    report(
      'batchSize',
      `must be at most ${dataset.train}, the training images (${label('dataset.train')}), got ${batchSize}`,
    );
  }
  if (typeof microBatch === 'number' && batchSize % microBatch !== 0) {
    report('microBatch', `must divide the batch size (${batchSize}, ${label('batchSize')}), got ${microBatch}`);
  }
  if (config.precision === 'bfloat16' && !COMPILING_ENGINES.includes(engine)) {
    report(
      'precision',
      `must be float32 or auto on engine ${engine}, got "bfloat16"; take engine ${COMPILING_ENGINES.join(' or ')}, which compile steps`,
    );
  }
  const given = BUDGETS.filter((key) => config[key] !== undefined);
  if (given.length === 0) report('epochs', 'missing; must be a whole number of at least 1 (or give steps, or samples)');
  if (given.length > 1) report(given[1]!, `must not stand beside ${given[0]}: give one of ${BUDGETS.join(', ')}`);
  if (problems.length > 0 || given.length !== 1) return problems;

  const { steps, stepsPerEpoch } = trialBudget(config);
  if (steps < 1)
    report('samples', `must be at least the batch size (${batchSize}, ${label('batchSize')}), got ${config.samples}`);
  else if (config.warmupEpochs * stepsPerEpoch >= steps) {
    const [key] = given as [(typeof BUDGETS)[number]];
    const limit =
      key === 'epochs'
        ? `${label('epochs')} (${config.epochs})`
        : `the ${steps / stepsPerEpoch} epochs that ${label(key)} makes`;
    report('warmupEpochs', `must be below ${limit}, got ${config.warmupEpochs}`);
  }
  return problems;
}

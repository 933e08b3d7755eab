import { existsSync } from 'node:fs';
import { isOwnTrial, type Trial } from '../schema/index.js';

/** The folders of images that `trials` name and that this machine does not have, a line each. */
export function missingData(trials: readonly Trial[]): string[] {
  const paths = new Set(trials.flatMap(({ config }) => (isOwnTrial(config) ? [] : (config.dataset.path ?? []))));
  return [...paths]
    .filter((path) => !existsSync(path))
    .map(
      (path) =>
        `trial.dataset.path: ${path}: no such folder on this machine. Give another with trial.dataset.path=DIR.`,
    );
}

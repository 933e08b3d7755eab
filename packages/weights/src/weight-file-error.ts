/** Thrown for every file that cannot be read as weights, or holds others than the model's. Its message says why. */
export class WeightFileError extends Error {
  override readonly name = 'WeightFileError';
}

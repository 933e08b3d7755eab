/** Thrown for a checkpoint that is broken, or of another task. Its message says why, and what to do. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
}

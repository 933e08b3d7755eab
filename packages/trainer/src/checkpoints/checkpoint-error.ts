/** Thrown for a checkpoint that is broken, or of another task. Its message says why, and what to do. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
}

/** Thrown for a tensor that holds an infinite or NaN value: a checkpoint of it is not written, and not gone on with. */
export class NonFiniteTensorError extends CheckpointError {
  constructor(
    /** Name of the tensor. */
    readonly tensor: string,
    place: string,
  ) {
    super(`${place}: the tensor "${tensor}" has values that are not finite.`);
  }
}

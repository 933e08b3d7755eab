/** Thrown for a file of tensors that is broken, refused, or not what is wanted of it. Its message says why. */
export class TensorFileError extends Error {
  override readonly name = 'TensorFileError';
}

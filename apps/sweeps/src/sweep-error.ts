/**
 * A problem the user can fix: its message is all they need, so the command line prints it without a stack.
 */
export class SweepError extends Error {
  override readonly name = 'SweepError';
}

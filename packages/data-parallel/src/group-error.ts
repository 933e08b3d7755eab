/** A group that cannot be joined or that has lost a process; the message names the process. */
export class GroupError extends Error {
  override readonly name = 'GroupError';
}

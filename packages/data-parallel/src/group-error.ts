/** A group that cannot be joined or that has lost a process; the message names the process. */
export class GroupError extends Error {
  override readonly name = 'GroupError';
  /** Whether the group was together and is no more, so that starting all processes again may help. */
  readonly isLoss: boolean;

  constructor(message: string, options?: ErrorOptions & { readonly isLoss?: boolean }) {
    super(message, options);
    this.isLoss = options?.isLoss ?? false;
  }
}

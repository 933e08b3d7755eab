/** What is wrong with a trial, and with which of its keys. */
export interface TrialProblem {
  readonly key: string;
  /** Begins with "must". */
  readonly message: string;
}

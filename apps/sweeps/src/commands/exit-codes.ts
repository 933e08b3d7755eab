/** Exit codes of `nf-sweeps`. */
export const EXIT = {
  /** Every trial is done, diverged or pruned; of `verdict`: B is better. */
  ok: 0,
  /** A trial failed, or something broke. */
  failed: 1,
  /** The command line, the config or the run folder needs the user's attention. */
  usage: 2,
  /** Of `verdict`: B is not better than A by what matters. */
  discard: 10,
  /** Of `verdict`: more seeds are needed to tell. */
  testAgain: 20,
  /** Stopped by Ctrl-C (128 + SIGINT) or SIGTERM. */
  interrupted: 130,
} as const;

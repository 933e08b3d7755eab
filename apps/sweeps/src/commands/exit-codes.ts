/** Exit codes of `nf-sweeps`. */
export const EXIT = {
  /** Every trial is done, diverged or pruned. */
  ok: 0,
  /** A trial failed, or something broke. */
  failed: 1,
  /** The command line, the config or the run folder needs the user's attention. */
  usage: 2,
  /** Stopped by Ctrl-C (128 + SIGINT) or SIGTERM. */
  interrupted: 130,
} as const;

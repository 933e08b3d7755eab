/** An exit code of `nf-sweeps`, and what it says. */
interface ExitCode {
  readonly code: number;
  readonly means: string;
}

/** The exit codes of `nf-sweeps`, of every command; they stay as they are. */
export const EXIT_CODES = {
  ok: { code: 0, means: 'it worked: every trial is done, diverged or pruned; of verdict: keep' },
  failed: { code: 1, means: 'a trial failed, a file is damaged, or something broke' },
  usage: { code: 2, means: 'the command line, the config or the run folder needs attention' },
  discard: { code: 10, means: 'of verdict: discard' },
  testAgain: { code: 20, means: 'of verdict: test again' },
  interrupted: { code: 130, means: 'stopped by Ctrl-C or SIGTERM (once stops after the current steps, twice kills)' },
} as const satisfies Readonly<Record<string, ExitCode>>;

type ExitName = keyof typeof EXIT_CODES;

/** The numbers alone, by name. */
export const EXIT = Object.fromEntries(Object.entries(EXIT_CODES).map(([name, { code }]) => [name, code])) as {
  readonly [Name in ExitName]: (typeof EXIT_CODES)[Name]['code'];
};

/** The exit codes as lines, a code each. */
export const exitCodeLines = (): string[] =>
  Object.values(EXIT_CODES).map(({ code, means }) => `${String(code).padStart(5)}  ${means}`);

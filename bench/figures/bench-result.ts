/** A peer's figure, or why there is none and what would bring it. */
export type PeerFigure = number | { readonly missing: string };

/** One line of a benchmark. */
export interface BenchCase {
  readonly name: string;
  /** Our figure; null if it could not be measured, which `extra` explains under `failure` or `missing`. */
  readonly ours: number | null;
  readonly peers: Readonly<Record<string, PeerFigure>>;
  /** `ours` / the best peer, so that below 1 is better; null without one of them. */
  readonly ratio: number | null;
  /** What else was seen. `failure` makes the run exit with 1. */
  readonly extra?: Readonly<Record<string, unknown>> & { readonly failure?: string; readonly missing?: string };
}

/** What a benchmark found; the contents of `results/<name>.json`. */
export interface BenchResult {
  /** Model of the processor and number of cores. */
  readonly machine: string;
  /** ISO 8601. */
  readonly date: string;
  readonly cases: readonly BenchCase[];
}

interface BenchOptions {
  /** Whether to run few rounds of small cases: a check that it runs, not a measurement. */
  readonly quick: boolean;
  /** Measure only the cases whose names contain this; `step` and `agc`, whose cases take minutes, look at it. */
  readonly only: string;
  /** Names of contestants to leave out. */
  readonly without?: readonly string[];
}

/** What a benchmark's file exports by default. */
export type Bench = (options: BenchOptions) => Promise<BenchResult>;

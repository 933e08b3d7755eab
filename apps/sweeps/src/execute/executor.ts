import type { TrialEvent } from '../schema/index.js';

/** A trial to run: its folder holds `config.json` and takes all it produces. */
export interface TrialJob {
  readonly id: string;
  readonly dir: string;
}

/** What an executor tells about its jobs. */
export type ExecutorEvent =
  | { readonly type: 'start'; readonly id: string; readonly pid: number | undefined }
  | { readonly type: 'progress'; readonly id: string; readonly event: TrialEvent }
  | {
      /** Its process broke down, and it is tried again from its last checkpoint. */
      readonly type: 'restart';
      readonly id: string;
      /** How many times it has been tried again, this one included, of how many. */
      readonly restart: number;
      readonly restarts: number;
      readonly reason: string;
      readonly output: string;
    }
  | {
      readonly type: 'end';
      readonly id: string;
      /** Exit code of `run-trial`; null when a signal ended it or it could not start. */
      readonly exitCode: number | null;
      readonly signal: string | null;
      /** The last lines it printed. */
      readonly output: string;
    }
  /** Something the user should know of all of them, in a line. */
  | { readonly type: 'note'; readonly text: string };

export interface ExecuteOptions {
  readonly emit: (event: ExecutorEvent) => void;
  /** Starts no more jobs and asks the running ones to stop after their current step. */
  readonly stop: AbortSignal;
  /** Ends the running jobs at once. */
  readonly kill: AbortSignal;
}

/** Runs jobs somewhere. Resolves when none runs any more; a job that fails is an event, never an exception. */
export interface Executor {
  execute(jobs: readonly TrialJob[], options: ExecuteOptions): Promise<void>;
}

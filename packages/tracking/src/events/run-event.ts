/**
 * What a run reports, as far as sinks look at it: the events of `train` of `@nfnets/trainer` are such, and so is any object
 * with a `type` that uses the same names. Other fields are kept where events are written down.
 */
export interface RunEvent {
  /** `run-start`, `run-resumed`, `step-end`, `epoch-end`, `run-end` and `run-diverged` mean something to sinks; others pass. */
  readonly type: string;
  /** Number of the step, from 0 over the whole run. */
  readonly step?: number;
  /** Number of the epoch, from 0. */
  readonly epoch?: number;
  /** Of `run-resumed`: steps made before, which is the number of the next. */
  readonly steps?: number;
  readonly loss?: number;
  readonly learningRate?: number;
  /** Samples of the step's batch; of `run-resumed`, those of its epoch so far. */
  readonly samples?: number;
  /** Wall time of the step. */
  readonly seconds?: number;
  /** Mean loss of the epoch. */
  readonly meanLoss?: number;
  /** Figures by name; what is no number is passed over. */
  readonly evaluation?: object;
  /** The same with averaged weights. */
  readonly emaEvaluation?: object;
  /** How much adaptive clipping had to do in each layer, as `clipStats` of `@nfnets/agc` tells it. */
  readonly clipStats?: readonly LayerClipping[];
  /** Why the run diverged. */
  readonly reason?: string;
}

/** How much adaptive clipping had to do in one layer. */
export interface LayerClipping {
  readonly layer: string;
  readonly units: number;
  readonly clippedUnits: number;
  /** Largest norm of a unit's gradient over that of its weights. */
  readonly largestRatio: number;
}

/** How a run ended: by itself, by divergence, by an error, or because its consumer left the loop. */
export type Outcome = 'done' | 'diverged' | 'failed' | 'stopped';

/** Where events go. */
export interface Sink {
  write(event: RunEvent): void | Promise<void>;
  /** Ends what was begun. The outcome is `done` unless it is given. */
  close(outcome?: Outcome): void | Promise<void>;
}

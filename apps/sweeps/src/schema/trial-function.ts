import type { EngineName } from '../engines/index.js';
import type { Trial } from './trial.js';
import type { TrialConfig } from './trial-schema.js';

/** What a running trial tells about itself. */
export type TrialEvent =
  | {
      readonly type: 'engine';
      readonly engine: string;
      readonly reason: string;
      /** Parts that each batch is made of, where it is not one. */
      readonly microBatches?: number;
      /** In what steps are computed: such an event comes again when the first one was made. */
      readonly computedIn?: 'float32' | 'bfloat16';
    }
  | {
      /** It continues from a checkpoint rather than from the start: comes before its first step. */
      readonly type: 'resume';
      /** Steps made before. */
      readonly step: number;
      /** Passes completed before. Default: all whose end was recorded until then. */
      readonly epoch?: number;
    }
  | {
      readonly type: 'step';
      /** Steps made, from 1. */
      readonly step: number;
      /** Passes begun, from 1. */
      readonly epoch: number;
      /** Images trained on so far. */
      readonly samples: number;
      readonly loss: number;
      readonly learningRate: number;
    }
  | {
      /** How much clipping did at a step, of some steps. */
      readonly type: 'clip';
      readonly step: number;
      /** Share of clipped units, 0 to 1, by layer. */
      readonly layers: Readonly<Record<string, number>>;
      /** Largest size of a unit in the rule's own measure, by layer. */
      readonly largest?: Readonly<Record<string, number>>;
    }
  | {
      readonly type: 'epoch';
      /** Passes completed. */
      readonly epoch: number;
      readonly step: number;
      readonly samples: number;
      /** Mean loss over the steps of the epoch. */
      readonly trainLoss: number;
      /** Mean loss on the test images. */
      readonly loss: number;
      /** Share of the test images classified correctly, 0 to 1. */
      readonly accuracy: number;
      /** The same with the averaged weights, of a trial that keeps averages. */
      readonly emaLoss?: number;
      readonly emaAccuracy?: number;
    };

/** What a function of one's own measured so far: told by one that has no epochs. */
export interface MetricsEvent {
  readonly type: 'metrics';
  /** How far it has come, from 1, each time more. */
  readonly step: number;
  /** `accuracy`, 0 to 1, is what reports and verdicts compare; `loss` what is pruned by; any others are recorded. */
  readonly metrics: TrialMetrics;
}

/** Numbers a trial ended with, such as `accuracy` and `loss`. */
export type TrialMetrics = Readonly<Record<string, number>>;

/** How a trial ended. Divergence is a result, not an error; errors are thrown. */
export type TrialOutcome =
  | { readonly status: 'done'; readonly metrics: TrialMetrics }
  | { readonly status: 'pruned'; readonly reason: string; readonly metrics: TrialMetrics }
  | {
      readonly status: 'diverged';
      /** Steps made when it was noticed. */
      readonly step: number;
      /** Steps made when the loss left the finite, or the limit; `step` by default. */
      readonly lostAt?: number;
      readonly reason: string;
      readonly metrics: TrialMetrics;
    };

/** What the process around a trial decides. */
export interface TrialContext {
  readonly engine: EngineName;
  /** Threads this trial may use, so that trials side by side share the machine. */
  readonly threads: number;
  /** Processes that train it together, of which this is one. Default 1. */
  readonly workers?: number;
  /** Whether they may be on several machines. Default false. */
  readonly trustNetwork?: boolean;
  /** Where this trial's checkpoints are and go; the folder may not exist yet. */
  readonly checkpointDir: string;
  /** Aborts when the trial is to stop: a function that waits for something long can end the wait by it. Its reason says why. */
  readonly signal: AbortSignal;
  /** Throws when another process has taken this trial over; to be called before a checkpoint is written. */
  readonly assertHeld: () => void;
}

/** A trial whose function takes parameters of its own, `Parameters`, from `trial` and `axes` of a config. */
export interface OwnTrial<Parameters extends object> extends Omit<Trial, 'config'> {
  /** The parameters, the seed of this repetition, and the name of the module. */
  readonly config: Readonly<Parameters> & { readonly seed: number; readonly module: string; readonly repeat?: number };
}

/**
 * The computation of one trial: yields as it goes, returns its outcome. The caller ends it early by `return()`, which is
 * the time to write a last checkpoint, and aborts the context's `signal` before.
 *
 * A module that has one as its default export is run by `trialModule` of a config, or `--trial-module`: in place of the training of a
 * network, or, where the config names no `trial.model`, on parameters of its own. It ends `done` with its metrics, of which `accuracy`,
 * 0 to 1 and more is better, is what reports and verdicts compare; one that is not finite makes it `diverged`. What it throws makes it `failed`.
 *
 * @typeParam Parameters The parameters of its own. Default the config of a network.
 * @example
 * ```ts
 * import type { TrialFunction } from '@nfnets/sweeps';
 *
 * const trial: TrialFunction<{ temperature: number }> = async function* ({ config }) {
 *   const accuracy = Math.exp(-((config.temperature - 0.7) ** 2));
 *   yield { type: 'metrics', step: 1, metrics: { accuracy } };
 *   return { status: 'done', metrics: { accuracy } };
 * };
 *
 * export default trial;
 * ```
 */
export type TrialFunction<Parameters extends object = TrialConfig> = (
  trial: Parameters extends TrialConfig ? Trial : OwnTrial<Parameters>,
  context: TrialContext,
) => AsyncGenerator<TrialEvent | MetricsEvent, TrialOutcome, void>;

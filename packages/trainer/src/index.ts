/**
 * What runs in a browser too.
 *
 * @module index
 */

export type { Batch, Dataset } from '@nfnets/data';
export type {
  Checkpoint,
  CheckpointMetrics,
  CheckpointStore,
  CheckpointTensor,
  FoundCheckpoint,
  RunInfo,
  RunPosition,
  StoredCheckpoint,
  TaskFingerprint,
} from './checkpoints/checkpoint.js';
export { CheckpointError } from './checkpoints/checkpoint-error.js';
export { restoreState, type TrainingState, withStateTensors } from './checkpoints/training-state.js';
export {
  type Divergence,
  type DivergenceDetector,
  type DivergenceKind,
  type DivergenceOptions,
  type DivergenceState,
  divergenceDetector,
} from './divergence/divergence.js';
export type { ReliabilityBin } from './evaluation/calibration.js';
export { type EvaluateOptions, type Evaluation, evaluate } from './evaluation/evaluate.js';
export {
  type DetailedEvaluation,
  type EvaluateInDetailOptions,
  evaluateInDetail,
} from './evaluation/evaluate-in-detail.js';
export { type ScaleLearningRateArgs, scaleLearningRate } from './learning-rate/scale-learning-rate.js';
export { constantSchedule, type Schedule, type WarmupCosineArgs, warmupCosine } from './learning-rate/schedule.js';
export type { EarlyStopping } from './loop/early-stopping.js';
export { type FitOptions, fit, type History } from './loop/fit.js';
export { countSteps, train } from './loop/train.js';
export type { TrainGroup } from './loop/train-group.js';
export type { EvaluateTask, TrainTask } from './loop/train-task.js';
export { type AccumulatedStepArgs, accumulatedStep } from './steps/accumulated-step.js';
export type { ClipStatsTask, GradientMeter, LayerClipStats } from './steps/gradient-meter.js';
export { type SamStepArgs, samStep } from './steps/sam-step.js';
export { type SoftmaxCrossEntropyOptions, softmaxCrossEntropy } from './steps/softmax-cross-entropy.js';
export {
  type MaskSeed,
  plainStep,
  type StepScalars,
  type TrainingStep,
  type TrainState,
} from './steps/training-step.js';
export { type WatchedUpdate, watchedStep } from './steps/watched-step.js';
export type {
  CheckpointSaved,
  EpochEnd,
  RunDiverged,
  RunEager,
  RunEnd,
  RunResumed,
  RunStart,
  StepEnd,
  TrainEvent,
} from './train-event.js';
export { Ema, type EmaArgs, ema, emaDecay } from './weights/ema.js';
export type { TrainedState } from './weights/trained-weights.js';

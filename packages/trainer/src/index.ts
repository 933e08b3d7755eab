export type { Batch, Dataset } from '@nfnets/data';
export { type AccumulatedStepArgs, accumulatedStep } from './accumulated-step.js';
export type { ReliabilityBin } from './calibration.js';
export type {
  Checkpoint,
  CheckpointMetrics,
  CheckpointStore,
  CheckpointTensor,
  DivergenceState,
  FoundCheckpoint,
  RunInfo,
  RunPosition,
  StoredCheckpoint,
  TaskFingerprint,
  TrainedState,
} from './checkpoint.js';
export { CheckpointError } from './checkpoint-error.js';
export {
  type Divergence,
  type DivergenceDetector,
  type DivergenceKind,
  type DivergenceOptions,
  divergenceDetector,
} from './divergence.js';
export type { EarlyStopping } from './early-stopping.js';
export { Ema, type EmaArgs, ema, emaDecay } from './ema.js';
export { type EvaluateOptions, type Evaluation, evaluate } from './evaluate.js';
export { type DetailedEvaluation, type EvaluateInDetailOptions, evaluateInDetail } from './evaluate-in-detail.js';
export { type FitOptions, fit, type History } from './fit.js';
export type { ClipStatsTask, GradientMeter, LayerClipStats } from './gradient-meter.js';
export { type SamStepArgs, samStep } from './sam-step.js';
export { type ScaleLearningRateArgs, scaleLearningRate } from './scale-learning-rate.js';
export { constantSchedule, type Schedule, type WarmupCosineArgs, warmupCosine } from './schedule.js';
export { type SoftmaxCrossEntropyOptions, softmaxCrossEntropy } from './softmax-cross-entropy.js';
export { countSteps, train } from './train.js';
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
export type { EvaluateTask, TrainTask } from './train-task.js';
export { restoreState, type TrainingState, withStateTensors } from './training-state.js';
export { type MaskSeed, plainStep, type StepScalars, type TrainingStep, type TrainState } from './training-step.js';
export { type WatchedUpdate, watchedStep } from './watched-step.js';

// Trials to run in, their ends out: the sweep's loop, and the executors that run its trials in child processes, on workers of a
// queue, or in a cluster. A trial is always run by its own command.

export { estimateSeconds, readTimings, type TrialTiming } from './estimate-time.js';
export type { ExecuteOptions, Executor, ExecutorEvent, TrialJob } from './executor.js';
export { kubernetesJob } from './kubernetes-job.js';
export { type LocalExecutorOptions, localExecutor } from './local-executor.js';
export { measureKinds } from './measure-kinds.js';
export { redisExecutor } from './redis/redis-executor.js';
export { redisWorker } from './redis/redis-worker.js';
export { type RunSweepOptions, runSweep, type SweepEvent, type TrialSweepEvent } from './run-sweep.js';
export { slurmExecutor } from './slurm/slurm-executor.js';
export { superviseTrial } from './supervise-trial.js';

/** Where trials can run: child processes of this one, workers of a Redis queue, or tasks of Slurm job arrays. */
export const EXECUTORS = ['local', 'redis', 'slurm'] as const;

/** Name of an executor. */
export type ExecutorName = (typeof EXECUTORS)[number];

/** Where trials can run: child processes of this one, or workers of a Redis queue. */
export const EXECUTORS = ['local', 'redis'] as const;

/** Name of an executor. */
export type ExecutorName = (typeof EXECUTORS)[number];

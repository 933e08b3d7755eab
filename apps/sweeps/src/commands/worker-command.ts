import { redisWorker } from '../execute/index.js';
import { EXIT } from './exit-codes.js';

export interface WorkerCommandOptions {
  readonly redis: string;
  readonly slots: number;
  readonly engine?: string;
  readonly gpus?: readonly string[];
  readonly lockSeconds: number;
}

/** Runs trials from a Redis queue until Ctrl-C, and returns the exit code. */
export async function workerCommand({ redis, ...options }: WorkerCommandOptions): Promise<number> {
  const stop = new AbortController();
  const kill = new AbortController();
  const tell = (line: string) => process.stdout.write(`${new Date().toISOString()} ${line}\n`);
  const onSignal = () => {
    if (stop.signal.aborted) kill.abort();
    else tell('Stopping after the current steps; the trials go back to the queue. Ctrl-C again kills them.');
    stop.abort();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  await redisWorker({ ...options, url: redis, stop: stop.signal, kill: kill.signal, tell });
  return EXIT.ok;
}

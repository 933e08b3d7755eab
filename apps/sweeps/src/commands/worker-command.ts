import { redisWorker } from '../execute/index.js';
import type { DocumentOf } from './documents/document-parts.js';
import type { workerDocument } from './documents/run-document.js';
import { EXIT } from './exit-codes.js';
import type { CommandOutput, CommandResult } from './output/command-result.js';

export interface WorkerCommandOptions {
  readonly redis: string;
  readonly slots: number;
  readonly engine?: string;
  readonly gpus?: readonly string[];
  readonly lockSeconds: number;
}

/** Runs trials from a Redis queue until Ctrl-C. */
export async function workerCommand(
  { redis, ...options }: WorkerCommandOptions,
  { people, event }: CommandOutput,
): Promise<CommandResult<DocumentOf<typeof workerDocument>>> {
  const stop = new AbortController();
  const kill = new AbortController();
  const tell = (text: string) => {
    const time = new Date().toISOString();
    event({ type: 'note', time, text });
    people.write(`${time} ${text}\n`);
  };
  const onSignal = () => {
    if (stop.signal.aborted) kill.abort();
    else tell('Stopping after the current steps; the trials go back to the queue. Ctrl-C again kills them.');
    stop.abort();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  try {
    await redisWorker({ ...options, url: redis, stop: stop.signal, kill: kill.signal, tell });
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
  return { data: { type: 'worker-ended' }, text: () => '', exitCode: EXIT.ok };
}

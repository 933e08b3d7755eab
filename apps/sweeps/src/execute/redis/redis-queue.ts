import { realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Redis } from 'ioredis';
import { contentHash } from '../../plan/index.js';
import { SweepError } from '../../sweep-error.js';
import type { TrialJob } from '../executor.js';

/** The queue that holds the trials of all sweeps. */
export const QUEUE = 'nf-sweeps';

/** Where a sweep asks the workers to stop its trials. */
export const STOP_CHANNEL = 'nf-sweeps-stop';

/** A message on the stop channel: which sweep, and whether to end its trials at once. */
export interface StopMessage {
  readonly sweep: string;
  readonly kill: boolean;
}

/** What a worker needs to know of a trial. */
export interface QueuedTrial {
  readonly sweep: string;
  readonly id: string;
  /** The trial's folder, by a path that is the same on every machine. */
  readonly dir: string;
  readonly engine: string;
  readonly trialModule?: string;
  readonly restarts: number;
  /** Processes that train it together. Absent in what older versions queued: 1. */
  readonly workers?: number;
}

/** What a worker gives back: how the trial's process ended. */
export interface QueuedEnd {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly output: string;
}

/** Names the sweep whose trial `job` is among those of all sweeps. */
export const sweepOf = ({ dir }: TrialJob) => contentHash(realpathSync(dirname(dir)));

/** The same for every time that a trial is put into the queue, so that it is in there once. */
export const queueId = (sweep: string, id: string) => `${sweep}-${id}`;

/** BullMQ and a connection to the Redis or Valkey at `url`; a `SweepError` where one of them is missing. */
export async function connectRedis(url: string): Promise<{ bullmq: typeof import('bullmq'); connection: Redis }> {
  let bullmq: typeof import('bullmq');
  let Client: typeof Redis;
  try {
    bullmq = await import('bullmq');
    Client = (await import('ioredis')).Redis;
  } catch (error) {
    throw new SweepError(
      `The redis executor needs BullMQ, which is not installed: npm install bullmq ioredis. (${(error as Error).message.split('\n')[0]})`,
    );
  }
  let isConnected = false;
  const connection = new Client(url, {
    // Without a limit, so that what is asked while the server restarts is answered when it is back.
    maxRetriesPerRequest: null,
    lazyConnect: true,
    retryStrategy: (attempt) => (isConnected ? Math.min(50 * attempt, 1000) : null),
  });
  let reason = '';
  connection.on('error', (error) => {
    reason = error.message;
  });
  try {
    await connection.connect();
    isConnected = true;
  } catch (error) {
    connection.disconnect();
    throw new SweepError(
      `--redis: cannot connect to ${hostOf(url)} (${reason || (error as Error).message}). Start a redis-server or valkey-server there, or give another URL, as redis://HOST:6379.`,
    );
  }
  return { bullmq, connection };
}

/** The host of `url`, without a password. */
export const hostOf = (url: string) => (URL.canParse(url) ? new URL(url).host : url);

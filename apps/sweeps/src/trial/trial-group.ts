import { type Group, GroupError, joinGroup } from '@nfnets/data-parallel';
import type { TrialContext } from '../schema/index.js';
import { SweepError } from '../sweep-error.js';

/** The first may wait for a process that still works on the trial, or read images; pods come when there is room. */
const JOIN_SECONDS = 900;

/** Which of the `workers` of a trial this process is: as its executor says, or Slurm. */
export function workerIndex(workers: number, environment: NodeJS.ProcessEnv = process.env): number {
  return workers === 1 ? 0 : Number(environment['NFNETS_INDEX'] ?? environment['SLURM_PROCID'] ?? 0);
}

/**
 * Joins the other workers of a trial; undefined for one alone.
 *
 * @param engine that runs the tensors here
 * @throws SweepError where that is not native TensorFlow
 */
export async function joinWorkers(
  { workers = 1, trustNetwork = false, threads }: TrialContext,
  engine: string,
): Promise<Group | undefined> {
  if (workers === 1) return undefined;
  if (!engine.startsWith('native')) {
    throw new SweepError(
      `workers: ${workers} processes train together within native TensorFlow, and the engine here is ${engine}. Run npx nfnets-native, or leave workers out.`,
    );
  }
  const group = await joinGroup({ trustNetwork, threads, joinSeconds: JOIN_SECONDS });
  if (group.size === workers) return group;
  group.leave();
  throw new SweepError(`workers: ${workers} processes are to train together, and ${group.size} were started.`);
}

/** Whether a trial ended because another of its workers is gone. */
export function isLostWorker(error: unknown): error is Error {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (each instanceof GroupError) return each.isLoss;
  }
  return false;
}

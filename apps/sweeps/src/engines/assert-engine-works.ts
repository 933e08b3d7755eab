import { ownCommand } from '../own-command.js';
import { SweepError } from '../sweep-error.js';
import { ALWAYS_THERE, type EngineName } from './engine-names.js';
import { probeInChild } from './probe-in-child.js';

/**
 * Throws a `SweepError` when `engine` is one that has to be installed and is not: once, instead of in every trial.
 */
export async function assertEngineWorks(engine: EngineName, command = ownCommand()): Promise<void> {
  // Starting one takes a second or two.
  if (ALWAYS_THERE.includes(engine)) return;
  const probe = await probeInChild(engine, { command });
  if (probe.isAvailable) return;
  throw new SweepError(
    `engine: ${engine} does not work here. ${probe.reason}\nOr choose another: --engine auto takes the fastest that works.`,
  );
}

import { statSync } from 'node:fs';
import type { TrainEvent } from '@nfnets/trainer';
import { type Checkpoints, checkpoints } from '@nfnets/trainer/node';
import { SweepError } from '../sweep-error.js';

/** After every epoch, and in long ones after this many seconds. */
const EVERY_SECONDS = 60;

/** The checkpoints of a trial; `assertHeld` throws in a process that has lost it, which must not write them any more. */
export function trialCheckpoints(folder: string, assertHeld: () => void): Checkpoints {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === false)
    throw new SweepError(`${folder}: is a file, and must be a folder. Move it away, and run the sweep again.`);
  const store = checkpoints(folder, { everySeconds: EVERY_SECONDS, keep: 2 });
  const save = store.save.bind(store);
  store.save = async (checkpoint) => {
    assertHeld();
    return save(checkpoint);
  };
  return store;
}

/**
 * The events of a run, which saves a last checkpoint when it is left after a step or an epoch: it will be continued.
 */
export async function* savedWhenLeft(
  events: AsyncGenerator<TrainEvent, void, void>,
  store: Checkpoints,
): AsyncGenerator<TrainEvent, void, void> {
  let last: TrainEvent['type'] | undefined;
  try {
    for await (const event of { [Symbol.asyncIterator]: () => ({ next: () => events.next() }) }) {
      last = event.type;
      yield event;
      last = undefined;
    }
  } finally {
    if (last === 'step-end' || last === 'epoch-end') {
      store.saveSoon();
      await events.next();
    }
    await events.return();
  }
}

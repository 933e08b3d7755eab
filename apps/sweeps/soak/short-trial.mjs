// A trial that does nothing much: 5 steps of 20 ms an epoch. Notes in its folder when a computation begins and ends.
import { appendFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

export default async function* shortTrial({ config }, { checkpointDir, assertHeld }) {
  const note = (what) => {
    assertHeld();
    appendFileSync(join(dirname(checkpointDir), 'notes.txt'), `${what} ${process.pid}\n`);
  };
  note('begin');
  const steps = 5 * config.epochs;
  for (let step = 1; step <= steps; step++) {
    await setTimeout(20);
    yield {
      type: 'step',
      step,
      epoch: Math.ceil(step / 5),
      samples: step,
      loss: 1 / step,
      learningRate: config.clipFactor,
    };
  }
  note('end');
  return { status: 'done', metrics: { loss: 1 / steps, accuracy: 0.5 } };
}

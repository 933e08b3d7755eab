// A trial without tensors that checkpoints every fourth step, and when it is ended early. Its loss at a step depends on
// nothing else. Momentum 0.5 makes steps of 40 ms; seed 7 kills its own process at step 6, once, and seed 8 always.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

export default async function* resumingTrial({ config, derived }, { engine, checkpointDir, assertHeld }) {
  const file = join(checkpointDir, 'step.json');
  const isResumed = existsSync(file);
  let step = isResumed ? JSON.parse(readFileSync(file, 'utf8')) : 0;
  let saved = step;
  const save = () => {
    assertHeld();
    mkdirSync(checkpointDir, { recursive: true });
    writeFileSync(`${file}.${process.pid}`, JSON.stringify(step));
    renameSync(`${file}.${process.pid}`, file);
    saved = step;
  };
  yield { type: 'engine', engine, reason: 'the test asked for it' };
  if (isResumed) yield { type: 'resume', step };
  let isEnded = false;
  try {
    while (step < derived.steps) {
      await setTimeout(config.momentum === 0.5 ? 40 : 0);
      step++;
      if (step === 6 && (config.seed === 8 || (config.seed === 7 && !isResumed))) process.kill(process.pid, 'SIGKILL');
      const epoch = Math.ceil(step / derived.stepsPerEpoch);
      const samples = step * config.batchSize;
      const loss = 1 / step;
      yield { type: 'step', step, epoch, samples, loss, learningRate: derived.learningRate };
      if (step % derived.stepsPerEpoch === 0) {
        yield { type: 'epoch', epoch, step, samples, trainLoss: loss, loss, accuracy: 1 - loss };
      }
      if (step % 4 === 0) save();
    }
    isEnded = true;
    return { status: 'done', metrics: { loss: 1 / step } };
  } finally {
    if (!isEnded && step > saved) save();
  }
}

// A trial without tensors. What it does follows from its config: momentum 0.5 makes steps of 40 ms and 0.6 of a minute, clip factor `off` with a
// batch above 500 diverges, and a clip factor above 10, seed 13 throws.
import { setTimeout } from 'node:timers/promises';

export default async function* fakeTrial({ config, derived }, { engine }) {
  yield { type: 'engine', engine: `fake ${engine}`, reason: 'the test asked for it' };
  if (config.seed === 13) throw new Error('the dataset is haunted');
  const delay = { 0.5: 40, 0.6: 60_000 }[config.momentum] ?? 0;
  let samples = 0;
  for (let step = 1; step <= derived.steps; step++) {
    await setTimeout(delay);
    samples += config.batchSize;
    const loss = 2.3 / Math.sqrt(step);
    const epoch = Math.ceil(step / derived.stepsPerEpoch);
    const diverges = config.clipFactor === 'off' ? config.batchSize > 500 : config.clipFactor > 10;
    if (diverges && step === 3) {
      return { status: 'diverged', step, reason: 'loss is NaN', metrics: {} };
    }
    yield { type: 'step', step, epoch, samples, loss, learningRate: derived.learningRate };
    if (step % derived.stepsPerEpoch === 0) {
      yield { type: 'epoch', epoch, step, samples, trainLoss: loss, loss: loss + 0.1, accuracy: 1 - loss / 5 };
    }
  }
  return { status: 'done', metrics: { accuracy: 0.9, loss: 0.4, trainLoss: 0.3 } };
}

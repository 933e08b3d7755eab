// A small NFNet on 2,000 real digits: model, data, optimizer and loop, each from its own package.
import { adaptiveGradClip, addDecayedWeights, withTransforms } from '@nfnets/agc';
import { useBackend } from '@nfnets/backends';
import { arrayDataset, split } from '@nfnets/data';
import { mnistDigits } from '@nfnets/data/node';
import { createModel } from '@nfnets/models';
import { sgd } from '@nfnets/optimizers';
import { countSteps, train, warmupCosine } from '@nfnets/trainer';

const { engine, reason } = await useBackend('auto');
console.log(`engine: ${engine} (${reason})`);

const digits = arrayDataset(mnistDigits({ from: import.meta.url }));
const [trainData, testData] = split(digits, { counts: [2000, 500], seed: 1 });

const model = createModel('nfnet_digits', { numClasses: 10, seed: 1 });
console.log(`${model.countParams().toLocaleString('en-US')} parameters in ${model.layers.length} layers`);

const epochs = 4;
const batchSize = 64;
const totalSteps = countSteps({ data: trainData, epochs, batchSize });
const optimizer = withTransforms(
  sgd({ learningRate: 0.1 }),
  // The classifier's kernel is not clipped, as in the paper.
  adaptiveGradClip({ clipFactor: 0.08, exclude: ['linear/kernel'] }),
  addDecayedWeights({ weightDecay: 2e-5 }),
);

for await (const event of train({
  model,
  optimizer,
  data: trainData,
  epochs,
  batchSize,
  seed: 1,
  labelSmoothing: 0.1,
  schedule: warmupCosine({ maxLearningRate: 0.1, warmupSteps: totalSteps / 8, totalSteps }),
  evaluate: { data: testData, batchSize: 250 },
})) {
  if (event.type === 'epoch-end') {
    const accuracy = ((event.evaluation?.accuracy ?? 0) * 100).toFixed(1);
    console.log(`epoch ${event.epoch + 1}: training loss ${event.meanLoss.toFixed(3)}, test accuracy ${accuracy} %`);
  }
  if (event.type === 'run-diverged') throw new Error(`Diverged at step ${event.step}: ${event.reason}`);
}

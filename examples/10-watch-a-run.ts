// A run that is watched: TensorBoard, a file of JSON lines and a progress line; at its end, which digits it confuses.
// Then: tensorboard --logdir examples/runs
import { writeFileSync } from 'node:fs';
import { adaptiveGradClip, clipMeter, withTransforms } from '@nfnets/agc';
import { useBackend } from '@nfnets/backends';
import { arrayDataset, split } from '@nfnets/data';
import { mnistDigits } from '@nfnets/data/node';
import { createModel } from '@nfnets/models';
import { sgd } from '@nfnets/optimizers';
import { follow } from '@nfnets/tracking';
import { jsonLines, progressLine, readJsonLines, tensorBoardWriter } from '@nfnets/tracking/node';
import { countSteps, evaluateInDetail, train, warmupCosine } from '@nfnets/trainer';
import sharp from 'sharp';

const { engine } = await useBackend('auto');
const digits = arrayDataset(mnistDigits({ from: import.meta.url }));
const [data, testData] = split(digits, { counts: [1500, 500], seed: 1 });
const model = createModel('nfnet_digits', { numClasses: 10, seed: 1 });

const plan = { data, epochs: 3, batchSize: 64, seed: 1 };
const totalSteps = countSteps(plan);
const clip = { clipFactor: 0.08, exclude: ['linear/kernel'] };
const optimizer = withTransforms(sgd({ learningRate: 0.1 }), adaptiveGradClip(clip));

const folder = new URL(`runs/${new Date().toISOString().replaceAll(':', '-')}/`, import.meta.url).pathname;
const board = tensorBoardWriter(folder);
board.hparams({ engine, batchSize: plan.batchSize, clipFactor: clip.clipFactor });
const sinks = [board, jsonLines(`${folder}events.jsonl`), progressLine({ totalSteps })];

const run = train({
  ...plan,
  model,
  optimizer,
  labelSmoothing: 0.1,
  schedule: warmupCosine({ maxLearningRate: 0.1, warmupSteps: totalSteps / 8, totalSteps }),
  evaluate: { data: testData, batchSize: 250 },
  // How much each layer is clipped, every tenth step.
  clipStats: { meter: clipMeter(clip), everySteps: 10 },
});
for await (const event of follow(run, sinks)) {
  if (event.type !== 'epoch-end' || event.epoch + 1 < plan.epochs) continue;
  const { confusionMatrix, calibrationError, classAccuracy } = await evaluateInDetail(model, testData);
  writeFileSync(`${folder}confusion-matrix.json`, JSON.stringify({ confusionMatrix, calibrationError, classAccuracy }));
  board.image('confusion matrix', await draw(confusionMatrix), event.step);
  console.log(confusionMatrix.map((row) => row.map((count) => String(count).padStart(4)).join('')).join('\n'));
  const worst = classAccuracy.indexOf(Math.min(...classAccuracy));
  console.log(`hardest: ${worst}, right in ${(100 * classAccuracy[worst]!).toFixed(1)} %`);
  console.log(`expected calibration error ${(100 * calibrationError).toFixed(1)} %`);
}
console.log(`${readJsonLines(`${folder}events.jsonl`).length} events in ${folder}`);

/** A PNG of 16 pixels a class: rows are true classes, columns predicted ones, white is all of a class. */
function draw(matrix: readonly (readonly number[])[]): Promise<Uint8Array> {
  const grey = matrix.flatMap((row) => {
    const samples = row.reduce((sum, count) => sum + count, 0);
    return row.map((count) => Math.round((255 * count) / Math.max(1, samples)));
  });
  const raw = { width: matrix.length, height: matrix.length, channels: 1 } as const;
  const side = 16 * matrix.length;
  return sharp(Uint8Array.from(grey), { raw }).resize(side, side, { kernel: 'nearest' }).png().toBuffer();
}

// A new head on a network, trained on a folder of images with one folder per class:
// tsx 07-fine-tune.ts [folder [checkpoint [model]]]; NFNETS_TRUNK=frozen trains the head alone.
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  adaptiveGradClip,
  addDecayedWeights,
  GradientTransform,
  type ParamGradient,
  withTransforms,
} from '@nfnets/agc';
import { useBackend } from '@nfnets/backends';
import { arrayDataset, split } from '@nfnets/data';
import { createModel, type ModelName } from '@nfnets/models';
import { sgd } from '@nfnets/optimizers';
import { countSteps, evaluate, train, warmupCosine } from '@nfnets/trainer';
import { loadWeights } from '@nfnets/weights';
import * as tf from '@tensorflow/tfjs';
import sharp from 'sharp';

const [given, checkpoint, preset = checkpoint === undefined ? 'timm/test_nfnet' : 'nfnet_f0'] = process.argv.slice(2);
const frozen = process.env['NFNETS_TRUNK'] === 'frozen';
const side = 64;

const { engine, reason } = await useBackend('auto');
console.log(`engine: ${engine} (${reason})`);

/** Draws 40 images each of discs, squares and stripes, in any colours, sizes and places. */
async function drawFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'nfnets-shapes-'));
  let state = 1;
  const random = (low: number, high: number) => {
    state = (state * 48271) % 2147483647;
    return Math.round(low + (state / 2147483647) * (high - low));
  };
  const shapes = {
    discs: (colour: string) =>
      `<circle cx="${random(24, 40)}" cy="${random(24, 40)}" r="${random(12, 20)}" fill="${colour}"/>`,
    squares: (colour: string) =>
      `<rect x="${random(8, 20)}" y="${random(8, 20)}" width="${random(24, 36)}" height="${random(24, 36)}" fill="${colour}"/>`,
    stripes: (colour: string) =>
      [0, 1, 2, 3].map((i) => `<rect x="${random(0, 6) + 16 * i}" width="7" height="64" fill="${colour}"/>`).join(''),
  };
  for (const [label, shape] of Object.entries(shapes)) {
    await mkdir(join(folder, label));
    for (let i = 0; i < 40; i++) {
      const [background, colour] = [random(0, 359), random(0, 359)];
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64">
        <rect width="64" height="64" fill="hsl(${background}, 40%, 25%)"/>${shape(`hsl(${colour}, 80%, 65%)`)}</svg>`;
      await sharp(Buffer.from(svg))
        .png()
        .toFile(join(folder, label, `${i}.png`));
    }
  }
  return folder;
}

/** Every image of a folder of folders, the middle square at `side` pixels. */
async function readFolder(folder: string) {
  const entries = await readdir(folder, { withFileTypes: true });
  const classes = entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();
  const images: Buffer[] = [];
  const labels: number[] = [];
  for (const [label, name] of classes.entries()) {
    for (const file of (await readdir(join(folder, name))).sort()) {
      const image = sharp(join(folder, name, file)).resize(side, side, { fit: 'cover' });
      images.push(await image.removeAlpha().toColourspace('srgb').raw().toBuffer());
      labels.push(label);
    }
  }
  const data = arrayDataset({
    images: Buffer.concat(images),
    labels,
    imageShape: [side, side, 3],
    numClasses: classes.length,
    // ImageNet's, which the published trunks were trained with.
    normalization: { mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375] },
  });
  return { data, classes };
}

/** Discriminative learning rates: the trunk's gradients, and with them its steps, are a part of the head's. */
class ScaleTrunk extends GradientTransform {
  static readonly className = 'ScaleTrunk';
  constructor(readonly share: number) {
    super();
  }
  apply(gradients: readonly ParamGradient[]): tf.Tensor[] {
    return gradients.map(({ param, grad }) => (param.name.startsWith('linear/') ? grad : tf.mul(grad, this.share)));
  }
  getConfig() {
    return { share: this.share };
  }
}

const folder = given ?? (await drawFolder());
const { data, classes } = await readFolder(folder);
if (given === undefined) await rm(folder, { recursive: true });
const testCount = Math.round(data.length / 4);
const [trainData, testData] = split(data, { counts: [data.length - testCount, testCount], seed: 1 });
console.log(`${data.length} images of ${classes.join(', ')}`);

const model = createModel(preset as ModelName, { numClasses: classes.length, seed: 1 });
if (checkpoint === undefined)
  console.log(`${preset} has a random trunk: give it a checkpoint for one that knows images.`);
else await loadWeights(model, checkpoint, { head: 'replace' });
if (frozen) for (const layer of model.layers) layer.trainable = layer.name === 'linear';

const epochs = 8;
const batchSize = 16;
const learningRate = 0.1;
const totalSteps = countSteps({ data: trainData, epochs, batchSize });
// A trunk that has learnt nothing yet has to move as fast as the head.
const trunkShare = checkpoint === undefined ? 0.5 : 0.1;
const optimizer = withTransforms(
  sgd({ learningRate }),
  // The head is not clipped, as in the paper; alone it needs no clipping at all.
  ...(frozen ? [] : [adaptiveGradClip({ clipFactor: 0.02, exclude: ['linear'] })]),
  addDecayedWeights({ weightDecay: 2e-5 }),
  // Behind the clipping, which does not depend on the learning rate.
  new ScaleTrunk(trunkShare),
);
const trained = model.trainableWeights.reduce((sum, weight) => sum + weight.read().size, 0);
console.log(
  `${trained.toLocaleString('en-US')} weights to train, the trunk's at ${frozen ? 0 : trunkShare} of the rate`,
);

const report = async (when: string) => {
  const { loss, accuracy } = await evaluate(model, testData);
  console.log(`${when}: test loss ${loss.toFixed(3)}, accuracy ${(accuracy * 100).toFixed(1)} %`);
};
await report('before');
for await (const event of train({
  model,
  optimizer,
  data: trainData,
  epochs,
  batchSize,
  seed: 1,
  schedule: warmupCosine({ maxLearningRate: learningRate, warmupSteps: totalSteps / 8, totalSteps }),
})) {
  if (event.type === 'epoch-end') console.log(`epoch ${event.epoch + 1}: training loss ${event.meanLoss.toFixed(3)}`);
  if (event.type === 'run-diverged') throw new Error(`Diverged at step ${event.step}: ${event.reason}`);
}
await report('after');

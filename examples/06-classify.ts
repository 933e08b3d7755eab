// Names what is on a photo: tsx 06-classify.ts [photo.jpg [checkpoint [model]]]
import { useBackend } from '@nfnets/backends';
import { classify } from '@nfnets/inference';
import { createModel, describeModel, type ModelName } from '@nfnets/models';
import { loadWeights } from '@nfnets/weights';
import sharp from 'sharp';

const [photo, checkpoint, preset = checkpoint === undefined ? 'timm/test_nfnet' : 'nfnet_f0'] = process.argv.slice(2);

const { engine, reason } = await useBackend('auto');
console.log(`engine: ${engine} (${reason})`);

/** A red pepper, as far as two shapes go. */
const drawn = () =>
  sharp(
    Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="500" height="375">
      <rect width="500" height="375" fill="#e8e0d0"/>
      <path d="M250 90 C380 50 390 330 290 330 Q250 310 210 330 C110 330 120 50 250 90" fill="#c01818"/>
      <path d="M250 95 q-6 -45 20 -60" stroke="#3a7a20" stroke-width="18" fill="none"/>
    </svg>`),
  )
    .jpeg()
    .toBuffer();

const model = createModel(preset as ModelName, { numClasses: 1000, seed: 1 });
if (checkpoint === undefined)
  console.log(`${preset} has random weights: give it a checkpoint for names that mean something.`);
else await loadWeights(model, checkpoint);

const { testSize } = describeModel(preset as ModelName);
const best = await classify(model, photo ?? (await drawn()), { topK: 5, spec: { testSize } });
for (const { label, index, probability } of best) {
  console.log(`${(probability * 100).toFixed(1).padStart(5)} %  ${label} (${index})`);
}

// Decodes image files in a thread, with sharp, and says what they hold.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { imageFolder, imageLoader } from '@nfnets/data/node';
import '@tensorflow/tfjs';
import sharp from 'sharp';

const folder = mkdtempSync(join(tmpdir(), 'nfnets-photos-'));
try {
  for (const [i, name] of ['cats', 'dogs'].entries()) {
    mkdirSync(join(folder, name));
    const pixels = Uint8Array.from({ length: 40 * 30 * 3 }, (_, at) => (at * (i + 1)) % 256);
    await sharp(pixels, { raw: { width: 40, height: 30, channels: 3 } })
      .png()
      .toFile(join(folder, name, 'a.png'));
  }
  const loader = imageLoader(imageFolder(folder), { imageSize: 16, workers: 1 });
  const batches = [];
  for await (const { images, labels } of loader.batches({ batchSize: 2, shuffleSeed: 1, partialBatch: 'keep' })) {
    batches.push({
      shape: images.shape,
      pixels: [...(await images.data())].slice(0, 20),
      labels: [...(await labels.data())],
    });
  }
  await loader.dispose();
  console.log(JSON.stringify(batches));
} finally {
  rmSync(folder, { recursive: true });
}

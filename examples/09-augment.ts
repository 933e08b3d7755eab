// Shows what an augmentation makes of a photo: tsx 09-augment.ts [photo.jpg [name [sheet.png]]]
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Image, mixPair, parseAugmentName, planMix, sampleTransform, seededRandom } from '@nfnets/augment';
import sharp from 'sharp';

const [photo, name = 'cutmix_mixup_randaugment_405', sheet] = process.argv.slice(2);
const file = sheet ?? fileURLToPath(new URL('../runs/augment.png', import.meta.url));
const size = 160;
const outputs = 12;

/** A few shapes, another colour for every hue. */
const drawn = (hue: number) =>
  Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="500" height="375">
    <rect width="500" height="375" fill="hsl(${hue},30%,80%)"/><rect y="250" width="500" height="125" fill="hsl(${hue + 90},35%,45%)"/>
    <circle cx="180" cy="190" r="90" fill="hsl(${hue + 180},70%,45%)"/><path d="M300 300 L380 120 L460 300 Z" fill="hsl(${hue + 240},60%,35%)"/>
  </svg>`);

const decoded = async (source: string | Buffer): Promise<Image> => {
  const { data, info } = await sharp(source)
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, height: info.height, width: info.width, channels: info.channels };
};
const photos = [await decoded(photo ?? drawn(20)), await decoded(drawn(200))];

const { mix, transforms } = parseAugmentName(name);
const crop = sampleTransform([{ op: 'randomResizedCrop', size }, { op: 'horizontalFlip' }]);
const augment = sampleTransform(transforms);
/** A hook of one's own is a function: here a vignette. */
const darkenCorners = (image: Image): Image => ({
  ...image,
  data: image.data.map((level, i) => {
    const pixel = Math.floor(i / image.channels);
    const [x, y] = [(pixel % image.width) / image.width - 0.5, Math.floor(pixel / image.width) / image.height - 0.5];
    return level * (1 - 0.6 * (x * x + y * y));
  }),
});

// Every image has a generator of its own, so that no other decides what it becomes.
const plan = mix === undefined ? [] : planMix(mix, outputs);
const made = Array.from({ length: outputs }, (_, i) => {
  const random = seededRandom(i + 1);
  const [first, second] = [crop(photos[0]!, random), crop(photos[1]!, random)];
  const pair = plan[i] && mixPair(first, second, plan[i].kind, random, mix);
  console.log(`${i}: ${plan[i]?.kind ?? 'alone'}, ${((pair?.ratio ?? 1) * 100).toFixed(0)} % of the first label`);
  return darkenCorners(augment(pair?.image ?? first, random));
});

await mkdir(dirname(file), { recursive: true });
const cells = made.map(({ data, height, width }, i) => ({
  input: Buffer.from(data),
  raw: { width, height, channels: 3 as const },
  left: (i % 6) * (size + 4),
  top: Math.floor(i / 6) * (size + 4),
}));
const background = { width: 6 * (size + 4), height: 2 * (size + 4), channels: 3 as const, background: '#ffffff' };
await sharp({ create: background }).composite(cells).png().toFile(file);
console.log(`${name}: ${file}`);

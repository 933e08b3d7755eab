/** Draws every operation of RandAugment at the magnitudes of the paper, into docs/augment. */
import { mkdir, writeFile } from 'node:fs/promises';
import sharp from 'sharp';
import { PIXEL_FONT } from './pixel-font.ts';
import { type Image, OP_NAMES, randAugment } from './src/index.ts';
import { opArgument } from './src/ops/op-arguments.ts';

const SIDE = 192;
const GAP = 8;
const LABEL = 18;
const COLUMNS = 6;
const HAS_NO_ARGUMENT = ['AutoContrast', 'Equalize', 'Invert'];
const WHITE = [255, 255, 255] as const;

type Colour = readonly [number, number, number];

/** A picture with what the operations act on: gradients, flat and mixed colours, edges, thin strokes, dark and light. */
function scene(): Image {
  const image = blank(SIDE, SIDE, WHITE);
  const paint = (isInside: (x: number, y: number) => boolean, colourAt: (x: number, y: number) => Colour) => {
    for (let y = 0; y < SIDE; y++) {
      for (let x = 0; x < SIDE; x++) if (isInside(x, y)) image.data.set(colourAt(x, y), (y * SIDE + x) * 3);
    }
  };
  const between = (a: Colour, b: Colour, share: number): Colour =>
    [0, 1, 2].map((i) => Math.round(a[i]! + (b[i]! - a[i]!) * share)) as unknown as Colour;
  const disc = (cx: number, cy: number, r: number) => (x: number, y: number) => (x - cx) ** 2 + (y - cy) ** 2 <= r * r;
  const box = (left: number, top: number, right: number, bottom: number) => (x: number, y: number) =>
    x >= left && x < right && y >= top && y < bottom;

  paint(
    () => true,
    (_, y) => between([70, 120, 190], [215, 225, 230], Math.min(y / 110, 1)),
  );
  paint(disc(150, 38, 20), () => [250, 215, 90]);
  paint(
    (x, y) => y > 92 + 18 * Math.sin(x / 24),
    (x) => between([95, 120, 95], [70, 95, 85], x / SIDE),
  );
  paint(
    (_, y) => y > 122,
    (_, y) => between([110, 150, 70], [50, 90, 40], (y - 122) / 70),
  );
  paint(box(28, 84, 92, 150), (x) => between([205, 95, 75], [160, 70, 60], (x - 28) / 64));
  paint(
    (x, y) => y >= 56 && y < 84 && Math.abs(x - 60) < 8 + (y - 56) * 1.1,
    () => [95, 50, 45],
  );
  paint(box(38, 96, 54, 112), () => [240, 235, 190]);
  paint(box(66, 96, 82, 112), () => [240, 235, 190]);
  paint(
    (x, y) => box(38, 96, 82, 112)(x, y) && (x === 45 || x === 74 || y === 104),
    () => [80, 45, 40],
  );
  paint(box(52, 122, 68, 150), () => [50, 35, 45]);
  paint(box(136, 104, 142, 150), () => [75, 55, 40]);
  paint(disc(139, 92, 24), (x, y) => between([60, 140, 65], [25, 80, 45], (x - 115 + (y - 68)) / 96));
  paint(disc(131, 86, 4), () => [215, 45, 50]);
  paint(disc(148, 98, 4), () => [215, 45, 50]);
  paint(box(104, 158, 182, 182), () => [235, 232, 222]);
  paint(box(12, 162, 84, 178), (x, y) =>
    (((x - 12) >> 3) + ((y - 162) >> 3)) % 2 === 0 ? [25, 25, 28] : [238, 238, 240],
  );
  write(image, 'NF NET 2021', 110, 167, [30, 40, 90]);
  return image;
}

function blank(height: number, width: number, colour: Colour): Image {
  const data = new Uint8Array(height * width * 3);
  for (let i = 0; i < data.length; i += 3) data.set(colour, i);
  return { data, height, width, channels: 3 };
}

function write(image: Image, text: string, left: number, top: number, colour: Colour): void {
  for (const [place, sign] of [...text].entries()) {
    const rows = PIXEL_FONT[sign.toUpperCase()] ?? [];
    for (const [y, bits] of rows.entries()) {
      for (let x = 0; x < 5; x++) {
        if ((bits >> (4 - x)) & 1) image.data.set(colour, ((top + y) * image.width + left + place * 6 + x) * 3);
      }
    }
  }
}

function paste(sheet: Image, { data, height, width }: Image, left: number, top: number): void {
  for (let y = 0; y < height; y++) {
    sheet.data.set(data.subarray(y * width * 3, (y + 1) * width * 3), ((top + y) * sheet.width + left) * 3);
  }
}

function contactSheet(magnitude: number): Image {
  const picture = scene();
  // The sign is positive, and Cutout's centre the image's: 0.5 of everything.
  const pictures = OP_NAMES.map((name) => {
    const draw = randAugment({ magnitude, layers: 1, ops: [name] });
    const argument = opArgument(name, magnitude, picture, { translate: { pixels: 100 }, cutout: 40 }, () => 0.5);
    const label = HAS_NO_ARGUMENT.includes(name) ? name : `${name} ${Number(argument.toFixed(2))}`;
    return [label, draw(picture, () => 0.5)] as const;
  });
  const cells = [['Original', picture] as const, ...pictures];
  const rows = Math.ceil(cells.length / COLUMNS);
  const sheet = blank(rows * (SIDE + LABEL + GAP) + GAP, COLUMNS * (SIDE + GAP) + GAP, WHITE);
  for (const [i, [name, image]] of cells.entries()) {
    const left = GAP + (i % COLUMNS) * (SIDE + GAP);
    const top = GAP + Math.floor(i / COLUMNS) * (SIDE + LABEL + GAP);
    write(sheet, i === 0 ? name : `${i} ${name}`, left, top + 5, [0, 0, 0]);
    paste(sheet, image, left, top + LABEL);
  }
  write(sheet, `Magnitude ${magnitude}`, sheet.width - SIDE - GAP, sheet.height - GAP - 7, [0, 0, 0]);
  return sheet;
}

const folder = new URL('../../docs/augment/', import.meta.url);
await mkdir(folder, { recursive: true });
for (const magnitude of [5, 10, 15]) {
  const { data, height, width, channels } = contactSheet(magnitude);
  const file = new URL(`magnitude-${String(magnitude).padStart(2, '0')}.png`, folder);
  const png = sharp(data, { raw: { width, height, channels: channels as 3 } }).png({ compressionLevel: 9 });
  await writeFile(file, await png.toBuffer());
  console.log(file.pathname);
}

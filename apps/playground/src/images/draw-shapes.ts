import { type Random, seededRandom } from '@nfnets/augment';
import type { ArrayDatasetArgs } from '@nfnets/data';

const SIDE = 28;
/** Whether a place is inside of a shape, with the shape's middle at 0 and its edge at about 1. */
type Shape = (x: number, y: number) => boolean;

const SHAPES: readonly Shape[] = [
  (x, y) => x * x + y * y < 1,
  (x, y) => Math.max(Math.abs(x), Math.abs(y)) < 0.85,
  (x, y) => y < 0.75 && y > 2 * Math.abs(x) - 1,
  (x, y) => Math.min(Math.abs(x), Math.abs(y)) < 0.3 && Math.max(Math.abs(x), Math.abs(y)) < 1,
  (x, y) => Math.abs(x) + Math.abs(y) < 1.1,
];
/** Filled or as an outline: two classes of each shape. */
const CLASSES = 2 * SHAPES.length;

/**
 * `count` pictures in colour of 28 x 28 bytes, of ten classes: five shapes, filled or hollow, of any colour on any other, anywhere, with noise. The
 * colours tell nothing of the class. A function of the seed alone.
 */
export function drawShapes(count: number, seed = 1): ArrayDatasetArgs {
  const random = seededRandom(seed);
  const labels = Uint8Array.from({ length: count }, (_, i) => i % CLASSES);
  const images = new Uint8Array(count * SIDE * SIDE * 3);
  for (const [i, label] of labels.entries()) images.set(drawShape(label, SIDE, random, 30), i * SIDE * SIDE * 3);
  const normalization = { mean: 127.5, std: 73.6 };
  return { images, labels, imageShape: [SIDE, SIDE, 3], numClasses: CLASSES, normalization };
}

/** A picture of class `label`, `side` x `side` x 3 bytes, with noise of up to `noise` levels. */
export function drawShape(label: number, side: number, random: Random, noise: number): Uint8Array {
  const isInside = SHAPES[label % SHAPES.length]!;
  const isHollow = label >= SHAPES.length;
  const [paper, ink] = twoColours(random);
  const size = side * (0.25 + 0.12 * random());
  const [middleX, middleY] = [0, 0].map(() => side * (0.4 + 0.2 * random())) as [number, number];
  const data = new Uint8Array(side * side * 3);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const [x, y] = [(column + 0.5 - middleX) / size, (row + 0.5 - middleY) / size];
      const isInk = isInside(x, y) && !(isHollow && isInside(1.8 * x, 1.8 * y));
      for (let k = 0; k < 3; k++) {
        const level = (isInk ? ink : paper)[k]! + noise * (2 * random() - 1);
        data[3 * (row * side + column) + k] = Math.min(255, Math.max(0, Math.round(level)));
      }
    }
  }
  return data;
}

/** Two colours that are well apart in at least one channel. */
function twoColours(random: Random): readonly [readonly number[], readonly number[]] {
  for (;;) {
    const [a, b] = [0, 0].map(() => Array.from({ length: 3 }, () => 255 * random())) as [number[], number[]];
    if (a.some((level, k) => Math.abs(level - b[k]!) > 110)) return [a, b];
  }
}

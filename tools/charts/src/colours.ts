/** Nine colours of viridis, dark to bright. */
const VIRIDIS = ['#440154', '#472d7b', '#3b528b', '#2c728e', '#21918c', '#28ae80', '#5ec962', '#addc30', '#fde725'].map(
  (hex) => [1, 3, 5].map((i) => Number.parseInt(hex.slice(i, i + 2), 16)) as [number, number, number],
);

/** The colour of `share`, 0 to 1, and whether it is bright. */
export function viridis(share: number): {
  readonly colour: string;
  readonly isBright: boolean;
  readonly rgb: readonly number[];
} {
  const place = Math.min(1, Math.max(0, share)) * (VIRIDIS.length - 1);
  const i = Math.min(VIRIDIS.length - 2, Math.floor(place));
  const rgb = VIRIDIS[i]!.map((value, k) => Math.round(value + (place - i) * (VIRIDIS[i + 1]![k]! - value)));
  return { colour: `rgb(${rgb.join(',')})`, isBright: share > 0.5, rgb };
}

/** Lines of a chart: readable on white and near-black, and by the colour-blind (after Okabe and Ito). */
export const LINES = ['#0f7fc4', '#d55e00', '#12986f', '#c6619a', '#8a7bd8', '#a08a00', '#5b6570', '#d1495b'];
export const DASHES = [[], [8, 3], [2, 3], [9, 3, 2, 3], [5, 5], [1, 4], [12, 3], [6, 2, 1, 2, 1, 2]];

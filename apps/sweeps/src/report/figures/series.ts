/** Distinct for the colour-blind and readable on white and on near-black (after Okabe and Ito), of mixed lightness. */
const COLOURS = ['#0f7fc4', '#d55e00', '#12986f', '#c6619a', '#8a7bd8', '#a08a00', '#5b6570', '#d1495b'];
/** What tells lines apart where there are no colours. */
const SHAPES = [
  'circle',
  'square',
  'triangle-up',
  'diamond',
  'triangle-down',
  'cross',
  'triangle-right',
  'triangle-left',
];
const DASHES = [
  [1, 0],
  [6, 2],
  [2, 2],
  [8, 2, 2, 2],
  [4, 4],
  [1, 3],
  [10, 3],
  [5, 1, 1, 1, 1, 1],
];

/** How many lines one figure can tell apart. */
export const MOST_SERIES = COLOURS.length;

/** Colour, dashes and marker of each of `domain`, under one legend above the figure. */
export function seriesEncoding(field: string, title: string, domain: readonly string[]) {
  const scale = <T>(range: readonly T[]) => ({
    domain: [...domain],
    range: range.slice(0, Math.max(1, domain.length)),
  });
  const legend = { orient: 'top', direction: 'horizontal', columns: legendColumns(domain), title: title || null };
  const channel = <T>(range: readonly T[]) => ({ field, type: 'nominal', scale: scale(range), legend });
  return { color: channel(COLOURS), strokeDash: channel(DASHES), shape: channel(SHAPES) };
}

/** As many as fit side by side in a column: 5 units per character, and the symbol. */
function legendColumns(domain: readonly string[]): number {
  const widest = Math.max(1, ...domain.map((name) => name.length));
  return Math.max(1, Math.min(domain.length, Math.floor(300 / (30 + 5.4 * widest))));
}

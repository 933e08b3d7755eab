/** The level of each channel of a fill colour: one level for all, or red, green and blue; grey images take red's. */
export function fillLevels(fill: number | readonly [number, number, number], channels: number): number[] {
  return Array.from({ length: channels }, (_, channel) => (typeof fill === 'number' ? fill : fill[channel]!));
}

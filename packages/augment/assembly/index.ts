/** Where memory begins that JavaScript shares out. */
export const memoryStart: usize = __heap_base;

export { color, sharpness, sumOfGrey } from './colours';
export { countLevels, mapChannels, mapLevels } from './levels';
export { mirror, moveByCentres, moveByCorners } from './moves';
export { resizeToBytes } from './resize';

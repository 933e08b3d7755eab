/** A component of the frame, as int32: what JavaScript writes for each. Blocks of a unit, across and down. */
export const ACROSS: usize = 0;
export const DOWN: usize = 4;
export const QUANTA: usize = 8;
export const DC_TABLE: usize = 12;
export const AC_TABLE: usize = 16;
/** Its levels: where that of the first row and column is, and how far the rows are apart. */
export const PLANE: usize = 20;
export const STRIDE: usize = 24;
/** Its size without what fills up the last blocks. */
export const WIDTH: usize = 28;
export const HEIGHT: usize = 32;
/** Blocks that are wanted: the first of columns and of rows, and the first behind them. */
export const LEFT: usize = 36;
export const RIGHT: usize = 40;
export const TOP: usize = 44;
export const BOTTOM: usize = 48;
/** The mean of the block before. */
export const MEAN: usize = 52;
export const COMPONENT_BYTES: usize = 56;

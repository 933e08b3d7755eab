export { type FoldedConv2D, foldScaledWSConv } from './fold-scaled-ws-conv.js';
export { type GroupedConv2dArgs, groupedConv2d, type Padding } from './grouped-conv-2d.js';
export { type EpsRule, scaledStandardize } from './scaled-standardize.js';
export { ScaledWSConv2D, scaledWSConv2d } from './scaled-ws-conv-2d.js';
export type { ScaledWSConv2DArgs } from './scaled-ws-conv-2d-args.js';

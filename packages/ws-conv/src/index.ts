export { type FoldedConv2D, foldScaledWSConv } from './fold-scaled-ws-conv.js';
export { type GroupedConv2dArgs, groupedConv2d } from './grouped-conv-2d.js';
export { scaledStandardize } from './scaled-standardize.js';
export { ScaledWSConv2D, type ScaledWSConv2DArgs, scaledWSConv2d } from './scaled-ws-conv-2d.js';

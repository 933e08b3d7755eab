/**
 * Graphs of TensorFlow's as bytes, for those who make one by hand: `@nfnets/data-parallel`.
 *
 * @module graph-bytes
 */

export { attribute, encodeGraph, type GraphNode } from './graph/graph-def.js';
export { protobuf } from './graph/protobuf.js';

/**
 * What needs Node.
 *
 * @module node
 */

export { type Checkpoints, type CheckpointsOptions, checkpoints } from './checkpoints/checkpoints.js';
export { loadCheckpoint, saveCheckpoint } from './checkpoints/save-checkpoint.js';

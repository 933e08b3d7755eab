export { type Checkpoints, type CheckpointsOptions, checkpoints } from './checkpoints.js';
export { loadCheckpoint, saveCheckpoint } from './save-checkpoint.js';

/**
 * The names of ImageNet's classes, apart as they are long.
 *
 * @module labels
 */

export { IMAGENET_LABELS } from './imagenet-labels.js';
export { IMAGENET_SYNSETS } from './imagenet-synsets.js';

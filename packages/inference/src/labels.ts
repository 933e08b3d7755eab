export { IMAGENET_LABELS } from './imagenet-labels.js';
export { IMAGENET_SYNSETS } from './imagenet-synsets.js';

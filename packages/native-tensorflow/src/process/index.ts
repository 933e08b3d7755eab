/**
 * What a process needs that is about to load tfjs-node. Imports nothing of Node's, so that it may stand in a bundle for browsers.
 *
 * @module process
 */

export { hasBinding } from './has-binding.js';
export { hasOutdatedBinding } from './has-outdated-binding.js';
export { prepareProcess } from './prepare-process.js';

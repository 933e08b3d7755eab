/**
 * One training over several processes.
 *
 * @module index
 */

export type { Group } from './group.js';
export { GroupError } from './group-error.js';
export { joinGroup } from './join-group.js';
export type { JoinOptions } from './members/join-options.js';

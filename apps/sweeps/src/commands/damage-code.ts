import { EXIT } from './exit-codes.js';

/** The exit code of a command that left out what is damaged, a line each: `otherwise` where nothing is. */
export const damageCode = (damage: readonly string[], otherwise: number = EXIT.ok): number =>
  damage.length > 0 ? EXIT.failed : otherwise;

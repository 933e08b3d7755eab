/**
 * The command line `native-tensorflow`: its arguments come in; what it did goes out as lines on stdout and stderr, and an exit code.
 *
 * @module command
 */

export { type CommandSettings, runCommand } from './run-command.js';

// The command line: its words in, an exit code out. One file a command, loaded when it is called.

export { runCommandLine } from './command-line.js';

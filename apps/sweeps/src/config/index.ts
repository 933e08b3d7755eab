// The text of a config file in, a checked config out, or every mistake with its file, line and column. Reads files, and runs
// modules; knows what fits together by planning the trials.

export { type LoadOptions, loadSweepConfig, parseSweepConfig } from './load-sweep-config.js';

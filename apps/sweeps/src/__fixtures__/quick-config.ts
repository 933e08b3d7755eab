import { parseSweepConfig } from '../config/load-sweep-config.js';
import type { SweepConfig } from '../schema/sweep-schema.js';





/** YAML of a sweep of four trials of few steps, for the fake trial. */
export const CONFIG_TEXT = `name: tiny
engine: cpu
parallel: 2
trial:
  model: nfnet_digits
  dataset: { name: mnist, train: 1024, test: 100 }
  epochs: 2
  learningRate: { base: 0.1 }
axes:
  clipFactor: [off, 0.01]
  batchSize: [256, 512]
`;

/** The same as a config, with `key.path=value` settings on top. */
export const tinyConfig = (...overrides: string[]): SweepConfig => parseSweepConfig('tiny.yaml', CONFIG_TEXT, { overrides });

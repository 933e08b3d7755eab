import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type LoadOptions, loadSweepConfig, parseSweepConfig } from '../config/index.js';
import { type SweepConfig, withValueAtKey } from '../schema/index.js';
import { jsonText, readPlan, runFiles } from '../store/index.js';

/** The config at `path`, a file or a run folder, which holds its own; with the run folder where that is not said otherwise. */
export async function loadConfig(path: string, options: LoadOptions): Promise<{ config: SweepConfig; home: string }> {
  const plan = runFiles(path).plan;
  const stored = existsSync(path) && statSync(path).isDirectory() && existsSync(plan) ? readPlan(path) : undefined;
  if (stored) return { config: parseSweepConfig(plan, configText(stored.config), options), home: path };
  const config = await loadSweepConfig(path, options);
  return { config, home: join('runs', config.name) };
}

/** A checked config as it could have been written: what refers to other keys does so again. */
export function configText({ references = {}, ...config }: SweepConfig): string {
  const trial = Object.entries(references).reduce((made, [key, text]) => withValueAtKey(made, key, text), config.trial);
  return jsonText({ ...config, trial });
}

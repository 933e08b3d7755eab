import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type ConfigDocument, parseConfigDocument } from './config-document.js';
import { DATASETS } from './datasets.js';
import { describeIssues, nearMiss } from './describe-issues.js';
import { SweepError } from './sweep-error.js';
import { type SweepConfig, sweepSchema } from './sweep-schema.js';

export interface LoadOptions {
  /** Puts the config's `quick` section over the rest and `-quick` behind its name. */
  readonly quick?: boolean;
  /** `key.path=value` settings that win over the file, such as `trial.epochs=3`. */
  readonly overrides?: readonly string[];
}

/**
 * Reads and checks the sweep config at `file`.
 *
 * Throws a `SweepError` that lists every mistake as `file:line:column: key: rule`, in the `quick` section too.
 */
export async function loadSweepConfig(
  file: string,
  { quick = false, overrides = [] }: LoadOptions = {},
): Promise<SweepConfig> {
  const text = await readConfigText(file);
  return parseSweepConfig(file, text, { quick, overrides });
}

/** As `loadSweepConfig`, from text; `file` is for the messages. */
export function parseSweepConfig(
  file: string,
  text: string,
  { quick = false, overrides = [] }: LoadOptions = {},
): SweepConfig {
  const check = (document: ConfigDocument): SweepConfig => {
    const parsed = sweepSchema.safeParse(document.values);
    const problems = parsed.success
      ? crossChecks(parsed.data, document)
      : describeIssues(parsed.error.issues, sweepSchema, document);
    if (problems.length > 0) throw new SweepError(problems.join('\n'));
    const { quick: _, ...config } = parsed.data!;
    return config;
  };
  // Both readings are checked every time: a slip in `quick` should not wait for the first --quick.
  const full = check(parseConfigDocument(file, text, { overrides: quick ? [] : overrides }));
  const short = check(parseConfigDocument(file, text, { quick: true, overrides: quick ? overrides : [] }));
  return quick ? { ...short, name: `${short.name}-quick` } : full;
}

/** What no single field can say: sizes that have to fit each other. */
function crossChecks({ trial, axes }: SweepConfig, document: ConfigDocument): string[] {
  const { dataset } = trial;
  const problems: string[] = [];
  const report = (path: PropertyKey[], message: string) => {
    const { where, label } = document.locate(path);
    problems.push(`${where}: ${label}: ${message}`);
  };
  const { images } = DATASETS[dataset.name];
  if (dataset.train + dataset.test > images) {
    report(
      ['trial', 'dataset', 'train'],
      `train (${dataset.train}) and test (${dataset.test}) together must be at most ${images}, the images of ${dataset.name}.`,
    );
  }
  const batchSizes = axes.batchSize?.map((size, i) => [size, ['axes', 'batchSize', i]] as const) ?? [
    [trial.batchSize, ['trial', 'batchSize']] as const,
  ];
  const { label: trainLabel } = document.locate(['trial', 'dataset', 'train']);
  for (const [size, path] of batchSizes) {
    if (size > dataset.train) {
      report([...path], `must be at most ${dataset.train}, the training images (${trainLabel}), got ${size}.`);
    }
  }
  if (trial.warmupEpochs >= trial.epochs) {
    report(['trial', 'warmupEpochs'], `must be below trial.epochs (${trial.epochs}), got ${trial.warmupEpochs}.`);
  }
  return problems;
}

async function readConfigText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EISDIR') throw new SweepError(`${file}: is a folder; a sweep config is a YAML file.`);
    if (code !== 'ENOENT') throw new SweepError(`${file}: cannot be read (${message}).`);
    const neighbours = await readdir(dirname(file)).catch(() => []);
    const nearest = nearMiss(
      basename(file),
      neighbours.filter((name) => /\.ya?ml$/.test(name)),
    );
    throw new SweepError(`${file}: no such file${nearest ? `; did you mean ${join(dirname(file), nearest)}?` : '.'}`);
  }
}

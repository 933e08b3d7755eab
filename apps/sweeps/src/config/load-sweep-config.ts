import { basename, resolve } from 'node:path';
import { aBoolean, checkOptions, rule } from '@nfnets/options';
import { assertFile, ownSweepSchema, type SweepConfig, sweepSchema } from '../schema/index.js';
import { SweepError } from '../sweep-error.js';
import { checkSweep } from './check-sweep.js';
import { configDocument } from './config-document.js';
import { type ConfigFile, configFile, readConfigFiles } from './config-files.js';
import { describeIssues } from './describe-issues.js';

/** Options of {@link loadSweepConfig}. */
export interface LoadOptions {
  /** Puts the config's `quick` section over the rest and `-quick` behind its name. Default false. */
  readonly quick?: boolean;
  /** `key.path=value` settings that win over the file, such as `trial.epochs=3`; `trial.epochs=3,5` makes an axis. Default none. */
  readonly overrides?: readonly string[];
}

/**
 * Reads and checks the sweep config at `file` (YAML, JSON, or a module whose default export it is), over the files it extends.
 *
 * @param file Path of the config.
 * @throws SweepError that lists every mistake as `file:line:column: key: rule`, in the `quick` section too; TypeError or RangeError for an
 * option that cannot be used.
 * @example
 * ```ts
 * import { loadSweepConfig } from '@nfnets/sweeps';
 *
 * const config = await loadSweepConfig('quickstart.yaml', { overrides: ['axes.batchSize=64,256', 'trial.epochs=3'] });
 * ```
 */
export async function loadSweepConfig(file: string, options: LoadOptions = {}): Promise<SweepConfig> {
  assertFile('loadSweepConfig', file);
  checkOptions<LoadOptions>('loadSweepConfig', options, {
    quick: aBoolean,
    overrides: rule('a list of settings such as trial.epochs=3', isTexts),
  });
  return checkFiles(file, await readConfigFiles(file), options);
}

/** As `loadSweepConfig`, from YAML text that extends nothing; `file` is for the messages. */
export function parseSweepConfig(file: string, text: string, options: LoadOptions = {}): SweepConfig {
  return checkFiles(file, [configFile(file, text)], options);
}

function checkFiles(
  file: string,
  files: readonly ConfigFile[],
  { quick = false, overrides = [] }: LoadOptions,
): SweepConfig {
  const check = (isQuick: boolean): SweepConfig => {
    const document = configDocument(
      files.map((each) => each.parse()),
      { quick: isQuick, overrides },
    );
    if (quick && isQuick && !document.hasQuick) throw new SweepError(`${file}: ${NO_QUICK}`);
    const schema = isOwnSweep(document.values) ? ownSweepSchema : sweepSchema;
    const parsed = schema.safeParse(document.values) as ReturnType<typeof sweepSchema.safeParse>;
    // Settings for the one reading need not fit the other.
    const isAsked = isQuick === quick || overrides.length === 0;
    const { references } = document;
    const config = parsed.success
      ? withModule(withoutLayers({ ...parsed.data, ...(Object.keys(references).length > 0 ? { references } : {}) }))
      : undefined;
    const problems = parsed.success
      ? isAsked
        ? checkSweep(config!, document)
        : []
      : describeIssues(parsed.error.issues, schema, document);
    if (problems.length > 0) throw new SweepError(problems.join('\n'));
    return config!;
  };
  // Both readings are checked every time: a slip in `quick` should not wait for the first --quick.
  const full = check(false);
  const short = check(true);
  return quick ? { ...short, name: `${short.name}-quick` } : full;
}

/** Whether a config runs a function of one's own on parameters of its own: it names a module, and no network. */
function isOwnSweep(values: unknown): boolean {
  const { trialModule, trial } = values as {
    readonly trialModule?: unknown;
    readonly trial?: { readonly model?: unknown };
  };
  return trialModule !== undefined && trial?.model === undefined;
}

/** `config` with the module as a path from the root, and its name in trials that describe no network: a part of what they are. */
function withModule(config: SweepConfig): SweepConfig {
  if (config.trialModule === undefined) return config;
  // Those of files are: what is left is the command line's.
  const trialModule = resolve(config.trialModule);
  const isOwn = config.trial.model === undefined;
  return {
    ...config,
    trialModule,
    trial: isOwn ? { ...config.trial, module: basename(trialModule) } : config.trial,
  };
}

const isTexts = (value: unknown) => Array.isArray(value) && value.every((text) => typeof text === 'string');

const NO_QUICK =
  'has no `quick` section, which --quick puts over the rest. Add one, such as `quick: { trial: { epochs: 1 } }`, or leave --quick out and give settings: trial.epochs=1 --out DIR.';

const withoutLayers = ({ quick: _, extends: __, ...config }: Layered & SweepConfig): SweepConfig => config;

type Layered = { quick?: unknown; extends?: unknown };

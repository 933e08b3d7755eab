import { aBoolean, checkOptions, rule } from '@nfnets/options';
import { assertFile, type SweepConfig, sweepSchema } from '../schema/index.js';
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
    const parsed = sweepSchema.safeParse(document.values);
    // Settings for the one reading need not fit the other.
    const isAsked = isQuick === quick || overrides.length === 0;
    const { references } = document;
    const config = parsed.success
      ? withoutLayers({ ...parsed.data, ...(Object.keys(references).length > 0 ? { references } : {}) })
      : undefined;
    const problems = parsed.success
      ? isAsked
        ? checkSweep(config!, document)
        : []
      : describeIssues(parsed.error.issues, sweepSchema, document);
    if (problems.length > 0) throw new SweepError(problems.join('\n'));
    return config!;
  };
  // Both readings are checked every time: a slip in `quick` should not wait for the first --quick.
  const full = check(false);
  const short = check(true);
  return quick ? { ...short, name: `${short.name}-quick` } : full;
}

const isTexts = (value: unknown) => Array.isArray(value) && value.every((text) => typeof text === 'string');

const NO_QUICK =
  'has no `quick` section, which --quick puts over the rest. Add one, such as `quick: { trial: { epochs: 1 } }`, or leave --quick out and give settings: trial.epochs=1 --out DIR.';

const withoutLayers = ({ quick: _, extends: __, ...config }: Layered & SweepConfig): SweepConfig => config;

type Layered = { quick?: unknown; extends?: unknown };

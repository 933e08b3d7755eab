import { parseArgs } from 'node:util';
import type { Source, SourceChoice } from '../sources/plan-sources.js';

/** What the command line asks for. */
export interface NativeOptions extends SourceChoice {
  /** Prepare it again where it works already. */
  readonly force: boolean;
  /** Only say what is there. */
  readonly check: boolean;
  /** Only say what would be done. */
  readonly dryRun: boolean;
}

const SOURCES: readonly string[] = ['pip', 'wheel', 'tfjs'] satisfies Source[];

/** What `--help` says of the command `name`. */
export const usage = (name: string): string => `Usage: ${name} [options]

Gives the @tensorflow/tfjs-node of the project in this folder a native TensorFlow: from a wheel that pip downloads, or,
where that fails, from what tfjs-node's own install script downloads. Needs pip and a C++ compiler for the first.
Installs tfjs-node, with the project's package manager, where it is missing.

  --gpu            install and prepare @tensorflow/tfjs-node-gpu, for NVIDIA cards
  --wheel FILE     take TensorFlow from this wheel
  --source SOURCE  take it from there only: pip, wheel or tfjs
  --force          prepare it again where it works already
  --check          say what is there, change nothing; ends with code 1 where native does not work
  --dry-run        say what would be done, change nothing
  --help           say this
`;

/** Reads the command line; undefined where it asks for help. Throws an `Error` for what it cannot mean. */
export function readArguments(args: readonly string[]): NativeOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      gpu: { type: 'boolean', default: false },
      force: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
      'dry-run': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
      source: { type: 'string' },
      wheel: { type: 'string' },
    },
  });
  if (values.help) return undefined;
  const { gpu, force, check, wheel } = values;
  const source = values.source ?? (wheel === undefined ? undefined : 'wheel');
  if (source !== undefined && !SOURCES.includes(source)) {
    throw new Error(`\`--source\` must be one of ${SOURCES.join(', ')}, got ${source}.`);
  }
  if ((source === 'wheel') !== (wheel !== undefined)) {
    throw new Error(
      wheel === undefined
        ? '`--source wheel` needs the wheel: add --wheel FILE.'
        : `\`--wheel\` is a source of its own, got \`--source ${source}\` beside it. Leave one out.`,
    );
  }
  return {
    gpu,
    force,
    check,
    dryRun: values['dry-run'],
    ...(source === undefined ? {} : { source: source as Source }),
    ...(wheel === undefined ? {} : { wheel }),
  };
}

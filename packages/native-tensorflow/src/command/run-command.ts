import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { explainSystemError, PrepareError } from '../machine/prepare-errors.js';
import { BINDING } from '../tfjs-node/binding-path.js';
import { findTfjsNode, tfjsNodeName } from '../tfjs-node/find-package.js';
import { prepareProject } from './prepare-project.js';
import { type NativeOptions, readArguments, usage } from './read-arguments.js';

/** How the command is known to whoever calls it. */
export interface CommandSettings {
  /** Its name, for its messages. */
  readonly name: string;
  /** `file:` URLs of modules that may see a tfjs-node which the folder that the command runs in does not. Default none. */
  readonly origins?: readonly string[];
  /** A sentence after a success: what to do next. Default none. */
  readonly next?: string;
  /** A sentence after a failure where there was nothing before: what goes on without. Default none. */
  readonly meanwhile?: string;
}

const EXIT = { ready: 0, notReady: 1, usage: 2, interrupted: 130 } as const;

/** The oldest Node that this is tried with. */
const OLDEST_NODE = [20, 19] as const;

/**
 * Runs the command with the command line `args` in the current folder, and resolves to its exit code.
 *
 * @param args The command line, without the program.
 * @example
 * ```ts
 * import { runCommand } from '@nfnets/native-tensorflow/command';
 *
 * // A command of one's own that prepares native TensorFlow.
 * process.exitCode = await runCommand(['--check'], { name: 'my-program-native', origins: [import.meta.url] });
 * ```
 */
export async function runCommand(args: readonly string[], settings: CommandSettings): Promise<number> {
  const { name, origins = [], next, meanwhile } = settings;
  const say = (line: string) => void process.stdout.write(`${line}\n`);
  const complain = (line: string) => void process.stderr.write(`${name}: ${line}\n`);
  if (isTooOld(process.versions.node)) {
    complain(`this needs Node ${OLDEST_NODE.join('.')} or later, and runs on Node ${process.versions.node}.`);
    return EXIT.notReady;
  }
  let options: NativeOptions | undefined;
  try {
    options = readArguments(args);
  } catch (error) {
    complain(`${(error as Error).message}\n\n${usage(name)}`);
    return EXIT.usage;
  }
  if (options === undefined) {
    process.stdout.write(usage(name));
    return EXIT.ready;
  }
  const interruption = new AbortController();
  for (const event of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(event, () => interruption.abort());
  const { signal } = interruption;
  const places: [string, ...string[]] = [process.cwd(), ...origins];
  try {
    const { isReady, isNew } = await prepareProject(options, { places, say, signal });
    if (isNew && next !== undefined) say(next);
    return isReady ? EXIT.ready : EXIT.notReady;
  } catch (error) {
    if (signal.aborted) {
      complain('interrupted; nothing is left behind.');
      return EXIT.interrupted;
    }
    const explained = explainSystemError(error);
    const { message, stack } = explained as Error;
    const tfjsNode = findTfjsNode(tfjsNodeName(options.gpu), places);
    const rest = tfjsNode && existsSync(join(tfjsNode.folder, BINDING)) ? 'What was there is as it was.' : meanwhile;
    const told = explained instanceof PrepareError ? message : stack!;
    complain(['native TensorFlow could not be prepared.', told, ...(rest === undefined ? [] : [rest])].join(' '));
    return EXIT.notReady;
  }
}

function isTooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
}

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BINDING, findCompiler } from './build-binding.js';
import { checkNative } from './check-native.js';
import { findPip } from './download-wheels.js';
import { findTfjsNode, type InstalledPackage } from './find-package.js';
import { describeHost } from './host.js';
import { planSources, type SourcePlan } from './plan-sources.js';
import { explainSystemError, PrepareError, SourceError } from './prepare-errors.js';
import { type PrepareContext, prepareNative } from './prepare-native.js';
import { type NativeOptions, readArguments, USAGE } from './read-arguments.js';
import { type SelfCheck, selfCheck } from './self-check.js';

const EXIT = { ready: 0, notReady: 1, usage: 2, interrupted: 130 } as const;

const say = (line: string) => void process.stdout.write(`${line}\n`);
const complain = (line: string) => void process.stderr.write(`nfnets-native: ${line}\n`);

/** Runs `nfnets-native` with the command line `args`, and resolves to its exit code. */
export async function runNativeCommand(args: readonly string[]): Promise<number> {
  if (args[0] === '--self-check') {
    say(JSON.stringify(selfCheck(args[1]!)));
    return EXIT.ready;
  }
  let options: NativeOptions | undefined;
  try {
    options = readArguments(args);
  } catch (error) {
    complain(`${(error as Error).message}\n\n${USAGE}`);
    return EXIT.usage;
  }
  if (options === undefined) {
    process.stdout.write(USAGE);
    return EXIT.ready;
  }
  return await run(options);
}

async function run(options: NativeOptions): Promise<number> {
  const interruption = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => interruption.abort());
  const { signal } = interruption;
  let tfjsNode: InstalledPackage | undefined;
  try {
    tfjsNode = findTfjsNode(options.gpu);
    say(`${tfjsNode.name} ${tfjsNode.version} in ${tfjsNode.folder}`);
    const context = { tfjsNode, host: describeHost(), say, signal };
    if (options.check) return await tellState(context);
    if (options.dryRun) return await tellPlan(options, context);
    const start = performance.now();
    const { isNew, ...result } = await prepareNative(options, context);
    const seconds = Math.round((performance.now() - start) / 1000);
    say(`native is ready: ${describe(result)}, ${isNew ? `made in ${seconds} s` : 'there already'}`);
    return EXIT.ready;
  } catch (error) {
    if (signal.aborted) {
      complain('interrupted; nothing is left behind.');
      return EXIT.interrupted;
    }
    const explained = explainSystemError(error);
    const { message, stack } = explained as Error;
    const isOurs = tfjsNode !== undefined && existsSync(join(tfjsNode.folder, BINDING));
    complain(
      `native TensorFlow could not be prepared. ${explained instanceof PrepareError ? message : stack} ` +
        (isOurs ? 'What was there is as it was.' : "Meanwhile `useBackend('auto')` runs on wasm."),
    );
    return EXIT.notReady;
  }
}

async function tellState({ tfjsNode, signal }: PrepareContext): Promise<number> {
  const check = await checkNative(tfjsNode.folder, signal);
  say(check.isReady ? `native is ready: ${describe(check)}` : `native is not ready: ${check.reason}`);
  return check.isReady ? EXIT.ready : EXIT.notReady;
}

async function tellPlan(options: NativeOptions, { tfjsNode, host, signal }: PrepareContext): Promise<number> {
  const check = await checkNative(tfjsNode.folder, signal);
  if (check.isReady) say(`native is ready: ${describe(check)}${options.force ? '' : '; nothing would be done'}`);
  if (check.isReady && !options.force) return EXIT.ready;
  const { sources, refusals } = planSources(options, host);
  for (const { source, reason } of refusals) say(`Not from ${source}: ${reason}`);
  for (const [index, plan] of sources.entries()) {
    say(`${index === 0 ? 'Would take' : 'Where that fails,'} ${plan.description}${await tools(plan, signal)}`);
  }
  return EXIT.ready;
}

/** What this machine has, or lacks, for a plan. */
async function tools({ source }: SourcePlan, signal: AbortSignal): Promise<string> {
  if (source === 'tfjs') return '';
  try {
    const compiler = await findCompiler(signal);
    const pip = source === 'pip' ? await findPip(signal) : [];
    return `; with ${[pip, compiler]
      .map((command) => command.join(' '))
      .filter(Boolean)
      .join(' and ')}`;
  } catch (error) {
    if (error instanceof SourceError) return `; but ${error.message}`;
    throw error;
  }
}

function describe({ tensorflow, gpu }: SelfCheck): string {
  return `TensorFlow ${tensorflow} on the ${gpu ? 'GPU' : 'CPU'}, Node ${process.versions.node}`;
}
